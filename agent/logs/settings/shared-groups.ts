import type { FieldReader } from '../../plan/field-reader.ts';
import type { LogGroupSpec } from '../sink/log-group-spec.ts';
import type { LogPlan } from '../entry/log-plan.ts';

/**
 * Where two entries of one group want it different: a fleet would change it to and fro for ever. Groups that only turn out to
 * be the same when their names are filled are not found here.
 */
export function tellDisagreements(
  plans: readonly LogPlan[],
  sheetOf: (entry: string) => FieldReader | undefined,
): void {
  for (const [index, plan] of plans.entries()) {
    const others = plans.slice(0, index).filter(({ group }) => group.text === plan.group.text);
    for (const [setting, value] of settingsOf(plan.wish)) {
      const other = others.find(({ wish }) => (settingsOf(wish).get(setting) ?? value) !== value);
      if (other) sheetOf(plan.name)?.problem(setting, `logs.${other.name} wants another for the same group`);
    }
  }
}

/** By their names in the plan; only those that are set. */
function settingsOf({
  retentionDays,
  kmsKey,
  tags,
  class: logClass,
}: LogGroupSpec): ReadonlyMap<string, string | number> {
  const all = { retention: retentionDays, kmsKey, class: logClass };
  const named = Object.entries(tags).map(([name, value]) => [`tags.${name}`, value] as const);
  const set = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return new Map([...set, ...named]);
}
