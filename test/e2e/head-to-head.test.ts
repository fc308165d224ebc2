import { describe, expect, it } from 'vitest';
import { measure } from '#scripts/bench/peers/head-to-head.ts';
import { landfall } from '#scripts/bench/peers/landfall.ts';
import { SCENARIOS, type Step } from '#scripts/bench/peers/scenario.ts';

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
    const ends = unansweredEnds(scenario.steps(MEASURE.seed, MEASURE.scale));
    expect('failed' in outcome ? outcome.failed : outcome.twice).toBeLessThanOrEqual(
      ends * MOST_EVENTS_OF_A_CALL,
    );
  });
});

/**
 * How often it ends with a call under way that nobody answers: killed, or stopped while the sink is away. What lies in the socket
 * by then may be read, and taken, when the sink is back.
 */
function unansweredEnds(steps: readonly Step[]): number {
  let isAway = false;
  let ends = 0;
  for (const step of steps) {
    if (step.do === 'cut' || step.do === 'restore') isAway = step.do === 'cut';
    if (step.do === 'kill' || (step.do === 'stop' && isAway)) ends += 1;
  }
  return ends;
}
