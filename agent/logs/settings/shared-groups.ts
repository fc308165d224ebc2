import type { Problem } from '#kit/errors.ts';
import type { GroupWish } from '../sink/group-wish.ts';
import type { LogPlan } from './log-plan.ts';

/**
 * Where two entries of one group want it different: a fleet would change it to and fro for ever. Groups that only turn out to
 * be the same when their names are filled are not found here.
 */
export function disagreements(plans: readonly LogPlan[]): readonly Problem[] {
  return plans.flatMap((plan, index) => {
    const wanted = settingsOf(plan.wish);
    const others = plans.slice(0, index).filter(({ group }) => group.text === plan.group.text);
    return [...wanted].flatMap(([setting, value]) => {
      const other = others.find(({ wish }) => (settingsOf(wish).get(setting) ?? value) !== value);
      if (!other) return [];
      const message = `logs.${plan.name}.${setting}: logs.${other.name} wants another for the same group`;
      return [{ code: 'LF_PLAN_INVALID', message, ...plan.place } as const];
    });
  });
}

/** By their names in the plan; only those that are set. */
function settingsOf({
  retentionDays,
  kmsKey,
  tags,
  class: logClass,
}: GroupWish): ReadonlyMap<string, string | number> {
  const all = { retention: retentionDays, kmsKey, class: logClass };
  const named = Object.entries(tags).map(([name, value]) => [`tags.${name}`, value] as const);
  const set = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return new Map([...set, ...named]);
}
