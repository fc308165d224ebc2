import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { OWNER_TAG, type Alarm, type AlarmSet } from './alarm.ts';

/** An alarm as CloudWatch has it. */
export interface ThereAlarm {
  /** As it would be asked for; undefined for one of another shape, such as a static metric. */
  readonly alarm: Alarm | undefined;
  readonly kind: Alarm['kind'];
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  /** False for one that somebody has muted: it stays so. */
  readonly actionsEnabled: boolean;
}

export type Change =
  | { readonly kind: 'create'; readonly alarm: Alarm }
  | { readonly kind: 'update'; readonly alarm: Alarm; readonly actionsEnabled: boolean }
  | { readonly kind: 'keep'; readonly alarm: Alarm }
  | { readonly kind: 'remove'; readonly name: string; readonly of: Alarm['kind'] };

/**
 * What it takes from what is there to the set, in an order that CloudWatch takes: composite alarms name others. Only what bears
 * the set's own tag is changed or removed. `LF_ALARM_TAKEN` where a name belongs to somebody else.
 */
export function changesFor(set: AlarmSet, there: readonly ThereAlarm[]): Outcome<readonly Change[]> {
  const byName = new Map(there.map((one) => [one.name, one]));
  const changes: Change[] = [];
  for (const alarm of set.alarms) {
    const known = byName.get(alarm.name);
    if (known === undefined) changes.push({ kind: 'create', alarm });
    else if (known.kind !== alarm.kind || !isOf(known, set.base)) return fail(taken(alarm.name));
    else if (known.alarm !== undefined && isSame(known.alarm, alarm)) changes.push({ kind: 'keep', alarm });
    else changes.push({ kind: 'update', alarm, actionsEnabled: known.actionsEnabled });
  }
  const wanted = new Set(set.alarms.map(({ name }) => name));
  const strays = there.filter((one) => isOf(one, set.base) && !wanted.has(one.name));
  return ok([...changes, ...removalsOf(strays)]);
}

/** Composite alarms first. */
export function removalsOf(there: readonly ThereAlarm[]): readonly Extract<Change, { kind: 'remove' }>[] {
  return there
    .toSorted((a, b) => Number(a.kind === 'metric') - Number(b.kind === 'metric'))
    .map(({ name, kind }) => ({ kind: 'remove', name, of: kind }));
}

function isOf({ tags }: ThereAlarm, base: string): boolean {
  return tags.get(OWNER_TAG) === base;
}

function isSame(one: Alarm, other: Alarm): boolean {
  return fieldsOf(one) === fieldsOf(other);
}

function fieldsOf(alarm: Alarm): string {
  return JSON.stringify(Object.entries(alarm).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function taken(name: string): Fault {
  return {
    code: 'LF_ALARM_TAKEN',
    operation: 'set',
    subject: name,
    cause: 'an alarm of this name is there that was not made by landfall-ops',
    hint: 'Rename or remove that one. Nothing was changed.',
  };
}
