import { classifyRefusal } from '#agent/aws/refusal-class.ts';
import type { RefusalClass } from '#agent/aws/aws-calls.ts';
import { LandfallError, type Fault, type FaultCode } from '#kit/errors.ts';
import type { Ok } from '#kit/outcome.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { Patience } from './patience.ts';

/** One call, in the words a fault needs. */
export interface Asked {
  /** `EC2`, `RDS`: as people write it. */
  readonly service: string;
  /** As the API names it: `DetachVolume`. */
  readonly action: string;
  /** The id it is about. */
  readonly subject: string;
}

/**
 * A call that did not bring its answer. It may have taken effect all the same, whatever the class: a connection that is cut,
 * a 500, even a refusal, when an earlier try of ours did the work. Only reading settles it.
 */
export interface Refused {
  readonly kind: 'refused';
  readonly class: RefusalClass;
  /** The service's own code; empty when no answer came. */
  readonly code: string;
  readonly fault: Fault;
}

export type Answer<T> = Ok<T> | Refused;

/** Sends once. */
export async function ask<T>(asked: Asked, send: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'ok', value: await send() };
  } catch (error) {
    return refusalOf(error, asked);
  }
}

const BACKOFF = { baseMs: 400, capMs: 10_000 };

/**
 * Asks again while the trouble is one that passes, until the command's time is up or it is stopped. For what only reads, and
 * for what may be done twice. `send` gets a signal that ends the request then.
 */
export async function askPatiently<T>(
  asked: Asked,
  patience: Patience,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<Answer<T>> {
  let skewed = false;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await ask(asked, () => send(patience.signal));
    if (answer.kind === 'ok' || patience.signal.aborted) return answer;
    // The client learns the service's clock from the first refusal, and signs by it from then on.
    const mayBeSkew: boolean = answer.class === 'credentials' && answer.code !== '' && !skewed;
    if (!passes(answer) && !mayBeSkew) return answer;
    skewed ||= mayBeSkew;
    if ((await patience.sleep(backoffDelay(BACKOFF, attempt, patience.random))) !== 'on') return answer;
  }
}

/** Whether the same call may succeed a little later. */
export function passes({ class: name }: Refused): boolean {
  return name === 'throttled' || name === 'broken';
}

/** What an exception of an SDK client means. The service's code and the status decide, never a message. */
function refusalOf(error: unknown, asked: Asked): Refused {
  const { service, action, subject } = asked;
  if (error instanceof LandfallError)
    return { kind: 'refused', class: 'invalid', code: '', fault: error.fault };
  const text = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
  const fault = { operation: action, subject };
  if (!isServiceException(error)) {
    const hint = 'Check the network and AWS_ENDPOINT_URL, and run it again.';
    const unreachable = { ...fault, code: 'LF_AWS_UNREACHABLE' as const, cause: text, hint };
    return { kind: 'refused', class: 'broken', code: '', fault: unreachable };
  }
  const name = classifyRefusal(error.name, error.$metadata.httpStatusCode ?? 0);
  const [code, hint] = MEANING[name];
  const cause = `${service} says ${error.name}: ${text}`.slice(0, MAX_CAUSE_CHARS);
  const explained = name === 'denied' ? `Allow ${service.toLowerCase()}:${action}.` : hint;
  return {
    kind: 'refused',
    class: name,
    code: error.name,
    fault: { ...fault, code, cause, hint: explained },
  };
}

const MEANING: Readonly<Record<RefusalClass, readonly [code: FaultCode, hint: string]>> = {
  throttled: ['LF_AWS_THROTTLED', 'Run it again in a minute.'],
  broken: ['LF_AWS_UNREACHABLE', 'Run it again.'],
  credentials: ['LF_CREDENTIALS', 'Log in again, and see that the clock of this machine is right.'],
  denied: ['LF_AWS_DENIED', 'Allow the call.'],
  missing: ['LF_AWS_REFUSED', 'Check the id and the region.'],
  exists: ['LF_AWS_REFUSED', 'Run it again: it looks at what is there.'],
  invalid: ['LF_AWS_REFUSED', 'See what the service says.'],
};

/** Most characters that an error repeats of AWS's own words. */
const MAX_CAUSE_CHARS = 400;

interface ServiceException extends Error {
  readonly $metadata: { readonly httpStatusCode?: number };
}

/** By its shape: each client brings a class of its own. A parser that met a page of HTML throws with a status, too. */
function isServiceException(error: unknown): error is ServiceException {
  return error instanceof Error && '$fault' in error && '$metadata' in error;
}
