import { backoffDelay, type Backoff } from '#kit/retry.ts';
import { retry, type Outcome } from '#kit/outcome.ts';
import { claimFault } from './claim-fault.ts';
import type { ClaimsHost } from './claims-host.ts';

/** EC2 throttles by account: a fleet that waits for one address must not keep the rest of the account from calling. */
const BACKOFF: Backoff = { baseMs: 1_000, capMs: 15_000 };
const LEAST_MS = 500;

/**
 * Tries until it is done or final, or until `timeoutMs` have passed: then the last retry is the outcome. What an attempt
 * left half done the next one finds in the world.
 */
export async function persist<T>(
  host: Pick<ClaimsHost, 'clock' | 'random'>,
  timeoutMs: number,
  signal: AbortSignal,
  attempt: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const { clock, random } = host;
  const end = clock.monotonic() + timeoutMs;
  for (let round = 0; ; round += 1) {
    if (signal.aborted) return interrupted();
    const outcome = await attempt();
    if (outcome.kind !== 'retry') return outcome;
    const waitMs = outcome.afterMs ?? LEAST_MS + backoffDelay(BACKOFF, round, random);
    if (clock.monotonic() + waitMs > end) return outcome;
    if (!(await sleep(host, waitMs, signal))) return interrupted();
  }
}

/** False when the signal came first. */
export async function sleep(
  { clock }: Pick<ClaimsHost, 'clock'>,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  return clock.sleep(ms, signal).then(
    () => true,
    () => false,
  );
}

export function interrupted(): Outcome<never> {
  const hint = 'It goes on where it was at the next start.';
  return retry(claimFault('LF_INTERRUPTED', 'make', 'the claims', 'the agent stops', hint));
}
