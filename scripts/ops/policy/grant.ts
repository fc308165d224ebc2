/** What stands behind `Condition`: operator, key, values. */
export type Condition = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** One purpose of an instance, and what of AWS it takes. */
export interface Grant {
  /** Letters and digits: the Sid of its statement. */
  readonly purpose: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: Condition;
}

/** An identity-based policy, as IAM takes it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Condition;
}

/** The grants of one region. */
export interface RegionalGrants {
  readonly region: string;
  readonly partition: string;
  readonly account: string;
  readonly grants: readonly Grant[];
}

/**
 * A statement for each purpose and region. A role is global, and its instances are not: where there are several regions, those
 * of each one are for instances that run there (`ec2:SourceInstanceARN`, which EC2 puts into every session of an instance).
 */
export function policyDocument(regions: readonly RegionalGrants[]): PolicyDocument {
  const isOne = new Set(regions.map(({ region }) => region)).size === 1;
  const statements = new Map<string, Statement>();
  for (const { region, partition, account, grants } of regions)
    for (const { purpose, actions, resources, condition } of grants) {
      const here = {
        ArnLike: { 'ec2:SourceInstanceARN': [`arn:${partition}:ec2:${region}:${account}:instance/*`] },
      };
      const whole = united(condition, isOne ? undefined : here);
      // Keys of a condition must hold all, its values one: what has other keys is a statement of its own.
      const id = `${purpose} ${isOne ? '' : region} ${keysOf(whole)}`;
      const before = statements.get(id);
      const taken = [...statements.values()].map(({ Sid }) => Sid);
      const conditions = united(before?.Condition, whole);
      statements.set(id, {
        Sid: before?.Sid ?? freeName(isOne ? purpose : `${purpose}${camel(region)}`, taken),
        Effect: 'Allow',
        Action: sorted([...(before?.Action ?? []), ...actions]),
        Resource: sorted([...(before?.Resource ?? []), ...resources]),
        ...(conditions === undefined ? {} : { Condition: conditions }),
      });
    }
  return { Version: '2012-10-17', Statement: [...statements.values()] };
}

function keysOf(condition: Condition = {}): string {
  return JSON.stringify(Object.entries(condition).map(([operator, keys]) => [operator, Object.keys(keys)]));
}

function freeName(name: string, taken: readonly string[]): string {
  for (let count = 1; ; count += 1) {
    const one = count === 1 ? name : `${name}${count}`;
    if (!taken.includes(one)) return one;
  }
}

function united(one: Condition | undefined, other: Condition | undefined): Condition | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const all: Record<string, Record<string, readonly string[]>> = {};
  for (const condition of [one, other])
    for (const [operator, keys] of Object.entries(condition))
      for (const [key, values] of Object.entries(keys)) {
        const of = (all[operator] ??= {});
        of[key] = sorted([...(of[key] ?? []), ...values]);
      }
  return all;
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}

function camel(region: string): string {
  return region.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
