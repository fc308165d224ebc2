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
  /** By which the metadata service knows it; only where somebody asked for it. */
  readonly hostname?: string | undefined;
  /** Absent when the instance carries no such tag. */
  readonly role: string | undefined;
  readonly environment: string | undefined;
  /** All tags as they stand; keys keep their case. */
  readonly tags: ReadonlyMap<string, string>;
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
] as const;

export type FactName = (typeof FACT_NAMES)[number];

export function isFactName(name: string): name is FactName {
  return (FACT_NAMES as readonly string[]).includes(name);
}

/** What a fact is worth here. Undefined: the instance has no such fact, or there is no fact of that name. */
export function factValue(facts: Facts, name: string): string | undefined {
  if (!isFactName(name)) return undefined;
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
    default:
      return name satisfies never;
  }
}
