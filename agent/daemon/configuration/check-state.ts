import type { Fault } from '#kit/errors.ts';

/** How the checks of the source went, for readiness, freshness, status and metrics. */
export interface CheckState {
  /** Epoch ms of the last check that succeeded. */
  readonly checkedAt: number | undefined;
  /** True while the last check did not succeed. */
  readonly stale: boolean;
  readonly servedFrom: 'source' | 'last-good' | null;
  /** What the last check failed with. */
  readonly failure: Fault | undefined;
  readonly succeeded: number;
  /** Failed checks by code. */
  readonly failed: ReadonlyMap<string, number>;
}

export const UNCHECKED: CheckState = {
  checkedAt: undefined,
  stale: true,
  servedFrom: null,
  failure: undefined,
  succeeded: 0,
  failed: new Map(),
};

export function afterSuccess(state: CheckState, now: number): CheckState {
  return {
    ...state,
    checkedAt: now,
    stale: false,
    servedFrom: 'source',
    failure: undefined,
    succeeded: state.succeeded + 1,
  };
}

export function afterFailure(state: CheckState, fault: Fault): CheckState {
  const failed = new Map(state.failed).set(fault.code, (state.failed.get(fault.code) ?? 0) + 1);
  return { ...state, stale: true, failure: fault, failed };
}
