import type { Clock, Random } from '#kit/clock.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { CallResult } from '../aws/aws-calls.ts';

const PATIENCE = { tries: 5, backoff: { baseMs: 500, capMs: 8000 } };

/**
 * One page of several. A throttled one is asked for again: those before it would be asked for in vain. The first is left to the
 * pace of the layer.
 */
export async function askForPage(
  ask: () => Promise<CallResult>,
  isFirst: boolean,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  signal: AbortSignal,
): Promise<CallResult> {
  for (let attempt = 0; ; attempt += 1) {
    const result = await ask();
    const isThrottled = result.kind === 'refused' && result.class === 'throttled';
    if (!isThrottled || isFirst || attempt === PATIENCE.tries) return result;
    await clock.sleep(backoffDelay(PATIENCE.backoff, attempt, random), signal);
  }
}
