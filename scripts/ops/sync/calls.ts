import { LandfallError, type Fault } from '#kit/errors.ts';
import type { Refused } from '../across/answer.ts';
import { askPatiently } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';

/** A call that AWS refused, or that brought no answer; `refused.code` is what callers decide by. */
export class CallRefused extends LandfallError {
  readonly refused: Refused;
  readonly region: string;
  constructor(refused: Refused, region: string, fault: Fault = refused.fault) {
    super(fault);
    this.refused = refused;
    this.region = region;
  }
}

/** Asks one service of one region, with the error as an exception: a step of a job is done or the job ends. */
export interface Caller {
  readonly region: string;
  readonly patience: Patience;
  /**
   * Again while the trouble passes, a few times. For what may be asked twice; only reads take the signal, which cuts them off
   * when the command ends. @throws CallRefused; `LF_INTERRUPTED`, `LF_SYNC_PENDING` when it ends.
   */
  ask<T>(action: string, subject: string, send: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Once: for what a second call would do twice. @throws CallRefused. */
  askOnce<T>(action: string, subject: string, send: () => Promise<T>): Promise<T>;
}

/** About ten seconds of trouble; a job that fails is done by the next run. */
const TRIES = 6;
/** Rates are for all callers of an account together: they pass, but slowly. */
const TRIES_WHEN_THROTTLED = 12;

/** @param origin where the credentials came from, for what is refused because of them. */
export function createCaller(service: string, region: string, patience: Patience, origin: string): Caller {
  const attempt = async <T>(
    asked: { readonly action: string; readonly subject: string },
    tries: number,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    if (patience.state() === 'stopped') throw stopped(asked.action);
    let left = tries;
    const bounded: Patience = {
      ...patience,
      sleep: async (ms) => {
        left -= 1;
        return left > 0 ? patience.sleep(ms) : 'late';
      },
    };
    const answer = await askPatiently(
      { service, ...asked, subject: `${asked.subject} in ${region}` },
      bounded,
      send,
    );
    if (answer.kind === 'ok') return answer.value;
    if (patience.state() === 'stopped') throw stopped(asked.action);
    if (patience.state() === 'late') throw late(asked.action, region);
    throw refusedBy(answer, region, origin);
  };
  return {
    region,
    patience,
    ask: async (action, subject, send) => {
      try {
        return await attempt({ action, subject }, TRIES, send);
      } catch (error) {
        const isThrottled = error instanceof CallRefused && error.refused.class === 'throttled';
        if (!isThrottled || isQuota(error)) throw error;
        return attempt({ action, subject }, TRIES_WHEN_THROTTLED - TRIES, send);
      }
    },
    askOnce: (action, subject, send) => attempt({ action, subject }, 1, send),
  };
}

/** Whether too many copies are under way, or too many things there: it passes when somebody makes room, and not before. */
export function isQuota(error: unknown): boolean {
  return (
    error instanceof CallRefused &&
    /LimitExceeded|QuotaExceeded/.test(error.refused.code) &&
    error.refused.code !== 'RequestLimitExceeded'
  );
}

export function codeOf(error: unknown): string {
  return error instanceof CallRefused ? error.refused.code : '';
}

export function stopped(operation: string): LandfallError {
  return new LandfallError({
    code: 'LF_INTERRUPTED',
    operation,
    subject: 'sync',
    cause: 'it was stopped',
    hint: 'Run it again: it goes on where it stopped.',
  });
}

export function late(operation: string, region: string): LandfallError {
  return new LandfallError({
    code: 'LF_SYNC_PENDING',
    operation,
    subject: region,
    cause: 'the time of --timeout is up',
    hint: 'Run it again: it goes on, and copies nothing twice.',
  });
}

function refusedBy(refused: Refused, region: string, origin: string): CallRefused {
  const { fault } = refused;
  if (refused.class !== 'credentials') return new CallRefused(refused, region);
  return new CallRefused(refused, region, { ...fault, hint: `They are those of ${origin}. ${fault.hint}` });
}
