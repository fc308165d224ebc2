import type { Fault } from '#kit/errors.ts';

/** In the order in which they are made. */
export const STEPS = [
  'release',
  'copies',
  'scans',
  'parameters',
  'keys',
  'smoke',
  'rehearsal',
  'notice',
  'ttl',
  'wait',
  'maintenance',
  'switch',
  'verify',
  'reopen',
] as const;

export type StepName = (typeof STEPS)[number];

/**
 * `ready`: as it has to be. `due`: `run` does it. `waiting`: nothing but time is missing. `done`: it was done. `blocked`: somebody
 * has to do something first. `unused`: the runbook says nothing of it.
 */
export type StepState = 'ready' | 'due' | 'waiting' | 'done' | 'blocked' | 'unused';

/** What one look showed of a step. */
export interface StepReading {
  readonly step: StepName;
  readonly state: StepState;
  /** For people, in one line. */
  readonly detail: string;
  /** Why it is blocked. */
  readonly fault?: Fault;
}

export function unused(step: StepName): StepReading {
  return { step, state: 'unused', detail: 'not in the runbook' };
}

export function blocked(step: StepName, subject: string, cause: string, hint: string): StepReading {
  const fault: Fault = { code: 'LF_CUTOVER_BLOCKED', operation: step, subject, cause, hint };
  return { step, state: 'blocked', detail: `${subject}: ${cause}`, fault };
}

/** What could not be read is no step that is ready. */
export function unread(step: StepName, fault: Fault): StepReading {
  const { subject, cause, hint } = fault;
  return {
    step,
    state: 'blocked',
    detail: `${subject}: ${cause}`,
    fault: { ...fault, code: 'LF_CUTOVER_BLOCKED', operation: step, hint },
  };
}

/** To the second, in UTC. */
export function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
