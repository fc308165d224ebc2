import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  stepsFor,
  type UnitState,
  type UnitVerb,
  type UnitWish,
} from '#agent/apply/units/services-decision.ts';

const wishes = fc.record<UnitWish>({
  enabled: fc.constantFrom(undefined, true, false),
  running: fc.constantFrom(undefined, true, false),
  owed: fc.constantFrom(undefined, 'restart', 'reload'),
});
const states = fc.record<UnitState>({
  isActive: fc.boolean(),
  setting: fc.constantFrom('enabled', 'disabled', 'fixed'),
});

/** What systemd makes of a verb. */
function after(state: UnitState, verb: UnitVerb): UnitState {
  if (verb === 'enable') return { ...state, setting: 'enabled' };
  if (verb === 'disable') return { ...state, setting: 'disabled' };
  return { ...state, isActive: verb !== 'stop' };
}

test('law: the steps lead to what is wished, and then there are none', () => {
  fc.assert(
    fc.property(wishes, states, (wish, state) => {
      const verbs = stepsFor(wish, state).map(({ verb }) => verb);
      const end = verbs.reduce(after, state);
      if (wish.running !== undefined) expect(end.isActive).toBe(wish.running);
      if (wish.enabled !== undefined && state.setting !== 'fixed') {
        expect(end.setting).toBe(wish.enabled ? 'enabled' : 'disabled');
      }
      expect(stepsFor({ ...wish, owed: undefined }, end)).toEqual([]);
    }),
  );
});

test('law: a unit is started, stopped, restarted or reloaded at most once', () => {
  fc.assert(
    fc.property(wishes, states, (wish, state) => {
      const runs = stepsFor(wish, state).filter(({ verb }) => verb !== 'enable' && verb !== 'disable');
      expect(runs.length).toBeLessThanOrEqual(1);
    }),
  );
});

test.each<[Partial<UnitWish>, boolean, readonly UnitVerb[]]>([
  [{ owed: 'restart' }, true, ['restart']],
  [{ owed: 'reload' }, true, ['reload-or-restart']],
  [{ owed: 'restart' }, false, []],
  [{ owed: 'reload', running: true }, false, ['start']],
  [{ owed: 'restart', running: true }, true, ['restart']],
  [{ owed: 'restart', running: false }, true, ['stop']],
  [{ owed: 'restart', running: false }, false, []],
])('owed and wished %j, active %s: %j', (wish, isActive, verbs) => {
  const whole = { enabled: undefined, running: undefined, owed: undefined, ...wish };
  expect(stepsFor(whole, { isActive, setting: 'enabled' }).map(({ verb }) => verb)).toEqual(verbs);
});
