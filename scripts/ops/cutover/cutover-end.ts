import type { Fault } from '#kit/errors.ts';
import type { StepName, StepReading } from './step.ts';

export interface CutoverRequest {
  /** `look`: what `plan` and `check` do. `back`: the way back. */
  readonly aim: 'look' | 'move' | 'back';
  /** The last step that is made. */
  readonly until: StepName;
}

export type CutoverState =
  | 'ready'
  | 'blocked'
  | 'prepared'
  | 'nothing-to-do'
  | 'moved'
  | 'rolled-back'
  | 'refused'
  | 'unfinished';

export interface CutoverEnd {
  readonly state: CutoverState;
  readonly steps: readonly StepReading[];
  /** When a step was first seen to be done, epoch ms. */
  readonly doneAt: Readonly<Record<string, number>>;
  /** Empty for a good end. The first one gives the exit code. */
  readonly faults: readonly Fault[];
}
