export interface UnitState {
  readonly isActive: boolean;
  /** `fixed`: static, generated and the like, which can be neither enabled nor disabled. */
  readonly setting: 'enabled' | 'disabled' | 'fixed';
}

export type UnitVerb = 'enable' | 'disable' | 'start' | 'stop' | 'restart' | 'reload-or-restart';

export interface UnitStep {
  readonly verb: UnitVerb;
  readonly reason: string;
}

export interface UnitWish {
  /** Undefined: as it is. */
  readonly enabled: boolean | undefined;
  readonly running: boolean | undefined;
  /** What the unit is owed since something it waits for changed. */
  readonly owed: 'restart' | 'reload' | undefined;
}

/**
 * What brings a unit from its state to what is wished: at most one change of whether it is enabled, and one of whether it
 * runs. A unit that is to be stopped is never restarted, and one that does not run is not started by what it is owed.
 */
export function stepsFor(
  { enabled, running, owed }: UnitWish,
  { isActive, setting }: UnitState,
): readonly UnitStep[] {
  const steps: UnitStep[] = [];
  if (enabled === true && setting === 'disabled') steps.push({ verb: 'enable', reason: 'not enabled' });
  if (enabled === false && setting === 'enabled') steps.push({ verb: 'disable', reason: 'enabled' });
  if (running === false) {
    if (isActive) steps.push({ verb: 'stop', reason: 'running' });
  } else if (!isActive) {
    if (running) steps.push({ verb: 'start', reason: 'not running' });
  } else if (owed === 'restart') {
    steps.push({ verb: 'restart', reason: 'something it waits for changed' });
  } else if (owed === 'reload') {
    steps.push({ verb: 'reload-or-restart', reason: 'something it waits for changed' });
  }
  return steps;
}
