import { whyMissing } from './oracle.ts';

/** The benchmark starts it too, and scripts may not import tests: so it lives there. */
export { startMoto, type Moto } from '#scripts/bench/moto.ts';

/** What a test says that is skipped for it. */
export const MOTO_IS_MISSING = whyMissing('moto');
