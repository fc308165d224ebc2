import { unusableInLayer, type Facts } from '#config-service';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { Identity } from './identity.ts';
import type { Imds } from './imds.ts';

type Tags = ReadonlyMap<string, string>;

export interface TagReading {
  /** Keys as they are written, sorted. */
  readonly tags: Tags;
  readonly from: 'imds' | 'ec2';
}

export interface TagNames {
  readonly roleTag: string;
  readonly environmentTag: string;
}

/** The list of tag keys, as IMDS has it. */
export const TAGS_PATH = 'latest/meta-data/tags/instance';
const CONCURRENCY = 4;

/**
 * All tags of this instance: from IMDS, or from `describeTags` where tags are not enabled there (404). What IMDS answers
 * otherwise, good or bad, is the answer: EC2 is not asked because IMDS is slow.
 * @throws the signal's reason when aborted.
 */
export async function readTags(
  imds: Imds,
  describeTags: (signal: AbortSignal) => Promise<Outcome<Tags>>,
  signal: AbortSignal,
): Promise<Outcome<TagReading>> {
  const list = await imds.read(TAGS_PATH, signal);
  if (list.kind !== 'ok') return list;
  if (list.value === undefined) {
    const described = await describeTags(signal);
    return described.kind === 'ok' ? ok({ tags: sorted(described.value), from: 'ec2' }) : described;
  }
  const keys = list.value.split(/\r?\n/).filter((key) => key !== '');
  const tags = await readEach(imds, keys, signal);
  return tags.kind === 'ok' ? ok({ tags: sorted(tags.value), from: 'imds' }) : tags;
}

/** The facts layers are selected by. Tag names match as written, else without case; a blank tag counts as none. */
export function factsOf(identity: Identity, tags: Tags, names: TagNames): Facts {
  return {
    partition: identity.partition,
    dnsSuffix: identity.dnsSuffix,
    account: identity.account,
    region: identity.region,
    zone: identity.zone,
    instanceId: identity.instanceId,
    imageId: identity.imageId,
    instanceType: identity.instanceType,
    privateIp: identity.privateIp,
    role: valueOf(tags, names.roleTag),
    environment: valueOf(tags, names.environmentTag),
    tags,
  };
}

/** What a person who tagged this instance should hear, one sentence each. */
export function tagWarnings(tags: Tags, names: TagNames): readonly string[] {
  return [...spellingWarnings(tags, names), ...valueWarnings(tags, names)];
}

/** A role that can be no layer is not the same as none: who set it expects its layers to be in effect. */
function valueWarnings(tags: Tags, { roleTag, environmentTag }: TagNames): readonly string[] {
  const facts = [
    ['role', roleTag],
    ['environment', environmentTag],
  ] as const;
  return facts.flatMap(([placeholder, name]) => {
    const value = valueOf(tags, name);
    const reason = value === undefined ? undefined : unusableInLayer(placeholder, value);
    if (reason === undefined) return [];
    return [
      `the tag "${name}" is ${JSON.stringify(value)}, which can be no layer (${reason}): no layer of a ${placeholder} is in effect`,
    ];
  });
}

/** One sentence for each of the two names that several tags spell in different case and none exactly. */
function spellingWarnings(tags: Tags, names: TagNames): readonly string[] {
  return [names.roleTag, names.environmentTag].flatMap((name) => {
    const [chosen, ...others] = spellings(tags, name);
    if (chosen === undefined || others.length === 0 || tags.has(name)) return [];
    return [`several tags could be "${name}": "${chosen}" is used, not "${others.join('", "')}"`];
  });
}

function valueOf(tags: Tags, name: string): string | undefined {
  const [chosen] = spellings(tags, name);
  return (chosen && tags.get(chosen)?.trim()) || undefined;
}

/** The keys that match `name`, best first: the exact one, then the others in code unit order. */
function spellings(tags: Tags, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  const found = [...tags.keys()].filter((key) => key.toLowerCase() === wanted && key !== name).toSorted();
  return tags.has(name) ? [name, ...found] : found;
}

/** A tag that is removed between the list and its read is left out, as if it had never been listed. */
async function readEach(imds: Imds, keys: readonly string[], signal: AbortSignal): Promise<Outcome<Tags>> {
  const tags = new Map<string, string>();
  const waiting = [...keys];
  let failure: Exclude<Outcome<never>, { kind: 'ok' }> | undefined;
  const work = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined && !failure; key = waiting.shift()) {
      const value = await imds.read(`${TAGS_PATH}/${encodeKey(key)}`, signal);
      if (value.kind !== 'ok') failure = value;
      else if (value.value !== undefined) tags.set(key, value.value);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return failure ?? ok(tags);
}

/**
 * IMDS allows `a-zA-Z0-9 + - = . , _ : @` in keys, all of which a path may hold as they are and some services do not
 * decode; anything else is encoded, so that no key becomes a query or another path.
 */
function encodeKey(key: string): string {
  return key.replace(/[^\w+\-=.,:@]+/gu, encodeURIComponent);
}

function sorted(tags: Tags): Tags {
  return new Map([...tags].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
