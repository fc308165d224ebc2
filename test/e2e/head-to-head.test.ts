import { describe, expect, it } from 'vitest';
import { measure } from '#scripts/peers/head-to-head.ts';
import { landfall } from '#scripts/peers/landfall.ts';
import { SCENARIOS } from '#scripts/peers/scenario.ts';

/** A twentieth of what docs/head-to-head.md is measured with: the order of things is the same. */
const MEASURE = { seed: 5, scale: 0.05, patienceMs: 30_000 };
/** PutLogEvents takes no more. */
const MOST_EVENTS_OF_A_CALL = 10_000;

// Each is a sandbox, an agent and a folder of its own, and waits most of its time.
describe.concurrent('our lane of the comparison with other shippers', () => {
  it.for(SCENARIOS)('$name: nothing lost, nothing torn, each file in order', async (scenario) => {
    const found = landfall.find();
    if ('missing' in found) throw new Error(`missing: ${found.missing}`);
    const { outcome } = await measure(landfall, found, scenario, MEASURE);
    expect(outcome).toMatchObject({ lost: 0, torn: 0, late: 0 });
    const kills = scenario.steps(MEASURE.seed, MEASURE.scale).filter((step) => step.do === 'kill').length;
    expect('failed' in outcome ? outcome.failed : outcome.twice).toBeLessThanOrEqual(
      kills * MOST_EVENTS_OF_A_CALL,
    );
  });
});
