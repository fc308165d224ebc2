import type { Clock, Random } from '#kit/clock.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { AwsCalls, CallResult } from '../aws/aws-calls.ts';

export interface PatientParts {
  readonly aws: AwsCalls;
  readonly clock: Clock;
  readonly random: Random;
}

export interface PatientCall {
  readonly service: 'autoscaling' | 'cloudformation';
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
  /**
   * Milliseconds for which "invalid" is asked again: Auto Scaling says so while an action is not yet, or no longer, pending,
   * and of a hook that does not exist, with one and the same code.
   */
  readonly invalidForMs?: number;
}

/** How a call came out in the end. `why` is for people and logs. */
export type Answered =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'refused' | 'unanswered'; readonly why: string };

const BACKOFF = { baseMs: 500, capMs: 10_000 };

/** Asks until there is an answer that lasts, or the signal aborts. Never rejects. */
export async function askPatiently(
  { aws, clock, random }: PatientParts,
  call: PatientCall,
  signal: AbortSignal,
): Promise<Answered> {
  const patientUntil = clock.monotonic() + (call.invalidForMs ?? 0);
  for (let attempt = 0; ; attempt += 1) {
    const result = await aws.query(call.service, call.action, call.params, { signal, repeatable: true });
    const answered = judged(result);
    const final = result.kind === 'ok' || isFinal(result, clock.monotonic() < patientUntil);
    if (final || signal.aborted) return answered;
    await clock.sleep(backoffDelay(BACKOFF, attempt, random), signal).catch(() => {});
    if (signal.aborted) return answered;
  }
}

function judged(result: CallResult): Answered {
  if (result.kind === 'ok') return { kind: 'done', text: result.text };
  if (result.kind === 'refused') return { kind: 'refused', why: `${result.code}: ${result.message}` };
  return { kind: 'unanswered', why: result.fault.cause };
}

function isFinal(result: Exclude<CallResult, { kind: 'ok' }>, patient: boolean): boolean {
  if (result.kind === 'failed') return false;
  if (result.kind === 'unsent') return result.final;
  if (result.class === 'throttled' || result.class === 'broken' || result.class === 'credentials')
    return false;
  return !(patient && result.class === 'invalid');
}
