/** The benchmark starts it too, and scripts may not import tests: so it lives there. */
export { startMoto, type Moto } from '#scripts/bench/moto.ts';

/** What to print when there is none: a suite that leaves moto out must not look as if it had run. */
export const MOTO_IS_MISSING =
  "moto_server is missing: contract suite ran on the sandbox only; pip install 'moto[server]'";
