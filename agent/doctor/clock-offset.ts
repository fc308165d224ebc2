import { Agent } from 'node:http';
import type { Clock } from '#kit/clock.ts';
import { exchange } from '../identity/imds-exchange.ts';
import { failure, good, warning, type DoctorFinding } from './base/finding.ts';

/** Milliseconds. */
const TIMEOUT = 1000;
const NOTICEABLE = 60_000;
/** AWS refuses a signature that is 5 minutes off (15 for S3), and TLS certificates are young or old by then. */
const TOO_MUCH = 300_000;

/**
 * How far this host's clock is ahead of the metadata service's, in milliseconds, by the `Date` of an answer (RFC 9110,
 * 6.6.1: whole seconds). A token is asked for, since nothing else may be asked without one; it is thrown away.
 * Undefined when there was no answer, or none with a date.
 * @throws the signal's reason when aborted.
 */
export async function clockOffset(
  endpoint: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<number | undefined> {
  const agent = new Agent({ keepAlive: false });
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
  const ask = { method: 'PUT', url: `${endpoint}/latest/api/token`, headers } as const;
  const line = { agent, clock, timeoutMs: TIMEOUT, maxBytes: 4096 };
  const before = clock.now();
  try {
    const end = await exchange(line, ask, signal);
    const after = clock.now();
    const there = end.kind === 'answer' ? Date.parse(end.headers.date ?? '') : Number.NaN;
    return Number.isNaN(there) ? undefined : offset(before, after, there);
  } finally {
    agent.destroy();
  }
}

/** The answer was dated between `before` and `after`, and its date says up to a second less. */
function offset(before: number, after: number, there: number): number {
  if (after < there) return after - there;
  return Math.max(0, before - (there + 999));
}

export function judgeClock(offsetMs: number): DoctorFinding {
  const size = Math.abs(offsetMs);
  if (size < NOTICEABLE) return good('clock', "the clock agrees with the metadata service's");
  const seconds = Math.round(size / 1000);
  const cause = `the clock is ${seconds} s ${offsetMs > 0 ? 'ahead' : 'behind'}`;
  const hint =
    'chronyc makestep; chrony finds the Amazon Time Sync Service with: server 169.254.169.123 prefer iburst';
  if (size < TOO_MUCH) return warning('clock', cause, hint);
  // What S3 says about it is a matter of credentials, too.
  return failure('clock', { code: 'LF_CREDENTIALS', operation: 'sign', subject: 'requests', cause, hint });
}
