import type { Fault } from './errors.ts';

/** The request was understood and answered. */
export interface Ok<T> {
  readonly kind: 'ok';
  readonly value: T;
}
/** Not now: the same request may succeed later, at the earliest after `afterMs` milliseconds. */
export interface Retry {
  readonly kind: 'retry';
  readonly fault: Fault;
  readonly afterMs?: number;
}
/** Final for this input: asking again without a change on the other side gives the same. */
export interface Fail {
  readonly kind: 'fail';
  readonly fault: Fault;
}

/**
 * Expected failure as data. Whether something is worth another try is decided once, at the edge where
 * the facts are (status code, errno); everyone above only looks at `kind`.
 */
export type Outcome<T> = Ok<T> | Retry | Fail;

export function ok<T>(value: T): Ok<T> {
  return { kind: 'ok', value };
}

export function retry(fault: Fault, afterMs?: number): Retry {
  return afterMs === undefined ? { kind: 'retry', fault } : { kind: 'retry', fault, afterMs };
}

export function fail(fault: Fault): Fail {
  return { kind: 'fail', fault };
}
