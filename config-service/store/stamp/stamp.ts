/** Whose bytes these are. Everything Landfall leaves on a disk carries one (law 3). */
export interface Stamp {
  readonly format: 1;
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly instanceId: string;
  readonly imageId: string;
}

/**
 * How the owner of some bytes relates to this instance. Another image under the same instance id is another instance:
 * the root volume was replaced, and what is on it came from elsewhere.
 */
export type Kinship = 'same' | 'other-instance' | 'foreign';

const FIELDS = ['partition', 'account', 'region', 'instanceId', 'imageId'] as const;

/** The stamp of an instance, from what its identity document says. */
export function stampOf(identity: Omit<Stamp, 'format'>): Stamp {
  const { partition, account, region, instanceId, imageId } = identity;
  return { format: 1, partition, account, region, instanceId, imageId };
}

export function compareStamps(stamp: Stamp, here: Stamp): Kinship {
  if (stamp.partition !== here.partition) return 'foreign';
  if (stamp.account !== here.account || stamp.region !== here.region) return 'foreign';
  return stamp.instanceId === here.instanceId && stamp.imageId === here.imageId ? 'same' : 'other-instance';
}

/** The canonical text: one line of JSON, fields in a fixed order. */
export function printStamp(stamp: Stamp): string {
  return JSON.stringify(stampOf(stamp));
}

/** Undefined for anything that is not a whole stamp of a format this version knows. */
export function readStamp(value: unknown): Stamp | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const whole = fields['format'] === 1 && FIELDS.every((name) => isFilled(fields[name]));
  return whole ? stampOf(fields as unknown as Stamp) : undefined;
}

/** For people: `i-0abc in eu-west-1 (account 111122223333)`. */
export function describeStamp({ instanceId, region, account }: Stamp): string {
  return `${instanceId} in ${region} (account ${account})`;
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 256;
}
