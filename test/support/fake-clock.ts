/** The benchmark simulates by the same, and scripts may not import tests: so it lives there. */
export { FakeClock } from '#scripts/bench/fake-clock.ts';
