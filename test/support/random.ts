/** The benchmark draws from the same, and scripts may not import tests: so it lives there. */
export { randomFrom } from '#scripts/bench/seeded-random.ts';
