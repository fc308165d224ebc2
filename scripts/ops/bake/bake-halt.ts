import type { Fault, FaultCode } from '#kit/errors.ts';
import type { Patience } from '../across/patience.ts';

/** Why a course of work cannot go on: a step failed, the command's time is up, or it was told to stop. */
export type HaltKind = 'failed' | 'late' | 'stopped';

/** Ends the course from wherever it is; whoever began it undoes or leaves it. */
export class BakeHalt extends Error {
  readonly kind: HaltKind;
  readonly fault: Fault;
  constructor(kind: HaltKind, fault: Fault) {
    super(fault.cause);
    this.kind = kind;
    this.fault = fault;
  }
}

export function failed(fault: Fault): BakeHalt {
  return new BakeHalt('failed', fault);
}

/** Time and signals first: what failed because of them is no failure of its own. */
export function haltOf(fault: Fault, patience: Patience): BakeHalt {
  const state = patience.state();
  return new BakeHalt(state === 'on' ? 'failed' : state, fault);
}

/** @throws BakeHalt when the command has to end. */
export function goOn(patience: Patience, subject: string): void {
  const state = patience.state();
  if (state === 'on') return;
  const cause = state === 'late' ? 'the time of --timeout is over' : 'the command was stopped';
  throw new BakeHalt(state, bakeFault('LF_BAKE_STEP', subject, cause, 'Run it again.'));
}

export function bakeFault(code: FaultCode, subject: string, cause: string, hint: string): Fault {
  return { code, operation: 'bake', subject, cause, hint };
}
