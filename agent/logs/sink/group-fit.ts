import type { CallResult } from '../../aws/aws-calls.ts';
import {
  changesTo,
  classMisfit,
  readGroupForm,
  readTags,
  retentionChange,
  tagChanges,
  wishedSettings,
  type Change,
  type GroupForm,
  type Drift,
  type Setting,
} from './group-form.ts';
import type { UnitedWish } from './log-group-spec.ts';
import { filterChanges, filterPrefix, readFilters } from './metric-filters.ts';
import { heldVerdict, type Held } from './put-verdict.ts';

export type GroupCall = (action: string, body: object) => Promise<CallResult>;

/** What one look at a group and the calls that followed came to. */
export interface ReconcileResult {
  readonly misfits: readonly Drift[];
  /** It may not be looked at: nothing was compared. */
  readonly blind?: Held;
}

/** Trouble that somebody has to do something about; all else passes. */
const LASTING: ReadonlySet<Drift['trouble']> = new Set(['denied', 'refused', 'quota', 'fixed']);

export function isLasting({ trouble }: Pick<Drift, 'trouble'>): boolean {
  return LASTING.has(trouble);
}

/** Looks at a group, and makes the calls that bring it into the form of `wish`: those that differ, and no others. */
export async function fitGroup(call: GroupCall, group: string, wish: UnitedWish): Promise<ReconcileResult> {
  const fit = await fitGroupItself(call, group, wish);
  return { ...fit, misfits: [...fit.misfits, ...(await fitFilters(call, group, wish))] };
}

async function fitGroupItself(call: GroupCall, group: string, wish: UnitedWish): Promise<ReconcileResult> {
  const wished = wishedSettings(wish);
  if (wished.length === 0) return { misfits: [] };
  // The answer is sorted by name: the group itself comes before all that begin like it.
  const looked = await call('DescribeLogGroups', { logGroupNamePrefix: group, limit: 1 });
  const form = looked.kind === 'ok' ? readGroupForm(looked.json, group) : heldVerdict(looked);
  if (form === 'none' || form === 'foreign') {
    return { misfits: misfitsOf(group, wished, 'DescribeLogGroups', ODD[form]) };
  }
  if ('arn' in form) return { misfits: await fitForm(call, group, form, wish) };
  return isLasting(form)
    ? { misfits: await fitBlindly(call, group, wish, form), blind: form }
    : { misfits: misfitsOf(group, wished, 'DescribeLogGroups', form) };
}

/** One look an entry, for its own filters alone. What may not be seen is left: to put it unseen would be a call a start, of each instance. */
async function fitFilters(call: GroupCall, group: string, wish: UnitedWish): Promise<readonly Drift[]> {
  for (const [entry, wanted] of wish.metricFilters) {
    const filterNamePrefix = filterPrefix(entry);
    const looked = await call('DescribeMetricFilters', { logGroupName: group, filterNamePrefix });
    const there =
      looked.kind === 'ok'
        ? (readFilters(looked.json, filterNamePrefix) ?? ODD.foreign)
        : heldVerdict(looked);
    const left = isHeld(there)
      ? misfitsOf(group, ['metricFilters'], 'DescribeMetricFilters', there)
      : await makeChanges(call, group, filterChanges(group, entry, there, wanted));
    if (left.length > 0) return left.slice(0, 1);
  }
  return [];
}

/** What could not be changed. */
export async function makeChanges(
  call: GroupCall,
  group: string,
  changes: readonly Change[],
): Promise<readonly Drift[]> {
  const left: Drift[] = [];
  for (const { setting, action, body, ...difference } of changes) {
    const result = await call(action, body);
    if (result.kind === 'ok') continue;
    const held = heldVerdict(result);
    left.push(...misfitsOf(group, [setting], action, held, difference));
    // One call that is throttled is enough: the next look finds the rest.
    if (!isLasting(held)) break;
  }
  return left;
}

async function fitForm(
  call: GroupCall,
  group: string,
  form: GroupForm,
  wish: UnitedWish,
): Promise<readonly Drift[]> {
  const fixed = classMisfit(group, form, wish);
  const changes = [...changesTo(group, form, wish)];
  if (Object.keys(wish.tags).length > 0) {
    const listed = await call('ListTagsForResource', { resourceArn: form.arn });
    const tags = listed.kind === 'ok' ? (readTags(listed.json) ?? ODD.foreign) : heldVerdict(listed);
    if (isHeld(tags) && !isLasting(tags)) {
      return [...fixed, ...misfitsOf(group, ['tags'], 'ListTagsForResource', tags)];
    }
    // What may not be seen is set: a tag that is there already stays what it is.
    changes.push(...tagChanges(form.arn, isHeld(tags) ? new Map() : tags, wish));
  }
  return [...fixed, ...(await makeChanges(call, group, changes))];
}

/** Retention alone can be set unseen: to set it again does no harm. The rest is not compared, and left. */
async function fitBlindly(
  call: GroupCall,
  group: string,
  wish: UnitedWish,
  held: Held,
): Promise<readonly Drift[]> {
  const { retentionDays: days } = wish;
  const unseen = wishedSettings(wish).filter((setting) => setting !== 'retention');
  const changes = days === undefined ? [] : [retentionChange(group, days)];
  const left = await makeChanges(call, group, changes);
  return [...misfitsOf(group, unseen, 'DescribeLogGroups', held), ...left];
}

type Reason = Pick<Held, 'trouble' | 'code' | 'detail'>;

const ODD = {
  none: {
    trouble: 'missing',
    code: 'ResourceNotFoundException',
    detail: 'the group is not there (any more)',
  },
  foreign: { trouble: 'unreachable', code: 'LF_AWS_MALFORMED', detail: 'the answer is none of logs' },
} as const satisfies Record<string, Reason>;

function isHeld(found: ReadonlyMap<string, string> | Reason): found is Reason {
  return 'trouble' in found;
}

function misfitsOf(
  group: string,
  settings: readonly Setting[],
  action: string,
  { trouble, code, detail }: Reason,
  difference: Pick<Drift, 'expected' | 'found'> = {},
): readonly Drift[] {
  return settings.map((setting) => ({ group, setting, trouble, action, code, detail, ...difference }));
}
