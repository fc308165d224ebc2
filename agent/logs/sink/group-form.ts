import { isRecord } from '#kit/is-record.ts';
import type { UnitedWish } from './log-group-spec.ts';
import type { Trouble } from './put-verdict.ts';

/** A log group as DescribeLogGroups shows it. */
export interface GroupForm {
  readonly arn: string;
  /** Undefined: kept for ever. */
  readonly retentionDays: number | undefined;
  readonly kmsKey: string | undefined;
  /** Undefined where the endpoint knows no classes. */
  readonly class: string | undefined;
}

export type Setting = 'retention' | 'kmsKey' | 'tags' | 'class' | 'metricFilters';

/** What a group has and what it shall have, where both may be shown: keys and tags may be made of secrets. */
interface Difference {
  readonly expected?: string;
  readonly found?: string;
}

/** One call that brings a group closer to the plan. */
export interface Change extends Difference {
  readonly setting: Setting;
  readonly action:
    | 'PutRetentionPolicy'
    | 'AssociateKmsKey'
    | 'TagResource'
    | 'PutMetricFilter'
    | 'DeleteMetricFilter';
  readonly body: object;
}

/** What of a group could not be brought into the form of the plan. */
export interface Drift extends Difference {
  readonly group: string;
  readonly setting: Setting;
  /** `fixed`: AWS changes it for nobody. */
  readonly trouble: Trouble | 'fixed';
  /** Who refused it, and with which code; not for what is fixed. */
  readonly action?: string;
  readonly code?: string;
  /** For people. */
  readonly detail?: string;
}

/** The group of this very name in the answer to DescribeLogGroups; `foreign` when it is no such answer. */
export function readGroupForm(json: unknown, group: string): GroupForm | 'none' | 'foreign' {
  const groups = isRecord(json) ? json['logGroups'] : undefined;
  if (!Array.isArray(groups)) return 'foreign';
  const found = (groups as readonly unknown[]).find(
    (one) => isRecord(one) && one['logGroupName'] === group,
  ) as Readonly<Record<string, unknown>> | undefined;
  if (!found) return 'none';
  const { arn, retentionInDays, kmsKeyId, logGroupClass } = found;
  if (typeof arn !== 'string') return 'foreign';
  return {
    // TagResource takes it without the `:*` that stands for the streams here.
    arn: arn.replace(/:\*$/, ''),
    retentionDays: typeof retentionInDays === 'number' ? retentionInDays : undefined,
    kmsKey: typeof kmsKeyId === 'string' ? kmsKeyId : undefined,
    class: typeof logGroupClass === 'string' ? logGroupClass : undefined,
  };
}

/** All that differs but tags, which have a call of their own to be seen. */
export function changesTo(group: string, form: GroupForm, wish: UnitedWish): readonly Change[] {
  const changes: Change[] = [];
  const { retentionDays, kmsKey } = wish;
  if (retentionDays !== undefined && retentionDays !== form.retentionDays) {
    const found = form.retentionDays === undefined ? 'for ever' : `${form.retentionDays}d`;
    changes.push({ ...retentionChange(group, retentionDays), found });
  }
  if (kmsKey !== undefined && kmsKey !== form.kmsKey) {
    changes.push({
      setting: 'kmsKey',
      action: 'AssociateKmsKey',
      body: { logGroupName: group, kmsKeyId: kmsKey },
    });
  }
  return changes;
}

export function retentionChange(group: string, days: number): Change {
  const body = { logGroupName: group, retentionInDays: days };
  return { setting: 'retention', action: 'PutRetentionPolicy', body, expected: `${days}d` };
}

/** Tags that are missing or differ; never one that is gone from the plan, for it may be somebody else's. */
export function tagChanges(
  arn: string,
  there: ReadonlyMap<string, string>,
  wish: UnitedWish,
): readonly Change[] {
  const entries = Object.entries(wish.tags).filter(([name, value]) => there.get(name) !== value);
  if (entries.length === 0) return [];
  const body = { resourceArn: arn, tags: Object.fromEntries(entries) };
  return [{ setting: 'tags', action: 'TagResource', body }];
}

/** In the answer to ListTagsForResource; undefined when it is no such answer. */
export function readTags(json: unknown): ReadonlyMap<string, string> | undefined {
  const tags = isRecord(json) ? json['tags'] : undefined;
  if (!isRecord(tags)) return undefined;
  return new Map(Object.entries(tags).map(([name, value]) => [name, String(value)]));
}

export function classMisfit(group: string, form: GroupForm, wish: UnitedWish): readonly Drift[] {
  if (wish.class === undefined || form.class === undefined || wish.class === form.class) return [];
  return [{ group, setting: 'class', trouble: 'fixed', expected: wish.class, found: form.class }];
}

type GroupSetting = Exclude<Setting, 'metricFilters'>;

/** What of the group itself is asked for; its metric filters are things of their own. */
export function wishedSettings({
  retentionDays,
  kmsKey,
  tags,
  class: logClass,
}: UnitedWish): readonly GroupSetting[] {
  const wished = {
    retention: retentionDays !== undefined,
    kmsKey: kmsKey !== undefined,
    tags: Object.keys(tags).length > 0,
    class: logClass !== undefined,
  } as const satisfies Record<GroupSetting, boolean>;
  return (Object.keys(wished) as GroupSetting[]).filter((setting) => wished[setting]);
}
