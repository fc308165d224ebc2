/** Who and where this instance is. Only the identity document and the tags say so; configuration never does. */
export interface Facts {
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly account: string;
  readonly region: string;
  readonly zone: string;
  readonly instanceId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly privateIp?: string | undefined;
  /** By which the metadata service knows it; this and the three after it only where somebody asked for them. */
  readonly hostname?: string | undefined;
  readonly publicIp?: string | undefined;
  readonly subnet?: string | undefined;
  readonly vpc?: string | undefined;
  /** Absent when the instance carries no such tag. */
  readonly role: string | undefined;
  readonly environment: string | undefined;
  /** All tags as they stand; keys keep their case. */
  readonly tags: ReadonlyMap<string, string>;
  /** Who else is online, by id; where a plan asks for peers. */
  readonly peers?: readonly Peer[] | undefined;
  /** Of an instance that is imagined: a tag that is not given is there, and holds its own name. */
  readonly hasAnyTag?: boolean;
}

/** Another instance of this region that is ready and not leaving. */
export interface Peer {
  readonly id: string;
  readonly zone: string;
  /** Private. */
  readonly address: string;
  /** Those that its plan tells. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The read-only names of docs/properties.md, as a reference writes them: `${@region}`. */
export const FACT_NAMES = [
  '@region',
  '@zone',
  '@account',
  '@partition',
  '@dnsSuffix',
  '@role',
  '@environment',
  '@instanceId',
  '@hostname',
  '@privateIp',
  '@publicIp',
  '@subnet',
  '@vpc',
  '@asg',
] as const;

/** A tag of the instance: `${@tag:team}`. */
const TAG = '@tag:';

/** What an Auto Scaling group puts on its instances. */
const GROUP_TAG = 'aws:autoscaling:groupName';

export type FactName = (typeof FACT_NAMES)[number] | `@tag:${string}`;

export function isFactName(name: string): name is FactName {
  return isFixedFact(name) || isTagFact(name);
}

export function isTagFact(name: string): name is `@tag:${string}` {
  return name.startsWith(TAG) && name.length > TAG.length;
}

function isFixedFact(name: string): name is (typeof FACT_NAMES)[number] {
  return (FACT_NAMES as readonly string[]).includes(name);
}

/** What a fact is worth here. Undefined: the instance has no such fact, or there is no fact of that name. */
export function factValue(facts: Facts, name: string): string | undefined {
  if (isTagFact(name)) return tagValue(facts, name.slice(TAG.length));
  if (!isFixedFact(name)) return undefined;
  switch (name) {
    case '@region':
      return facts.region;
    case '@zone':
      return facts.zone;
    case '@account':
      return facts.account;
    case '@partition':
      return facts.partition;
    case '@dnsSuffix':
      return facts.dnsSuffix;
    case '@role':
      return facts.role;
    case '@environment':
      return facts.environment;
    case '@instanceId':
      return facts.instanceId;
    case '@hostname':
      return facts.hostname;
    case '@privateIp':
      return facts.privateIp;
    case '@publicIp':
      return facts.publicIp;
    case '@subnet':
      return facts.subnet;
    case '@vpc':
      return facts.vpc;
    case '@asg':
      return autoScalingGroupOf(facts);
    default:
      return name satisfies never;
  }
}

/** The Auto Scaling group that launched the instance, if one did. */
export function autoScalingGroupOf(facts: Facts): string | undefined {
  return tagValue(facts, GROUP_TAG);
}

/** A tag that is blank counts as none, as for role and environment. */
function tagValue({ tags, hasAnyTag }: Facts, name: string): string | undefined {
  const value = tags.get(name) ?? (hasAnyTag === true ? name.replaceAll(':', '-') : undefined);
  return value === undefined || value.trim() === '' ? undefined : value;
}
