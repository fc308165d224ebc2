import { isIPv4, isIPv6 } from 'node:net';
import { readDnsName, readResolvers, type AnswerType } from '../across/resolvers.ts';
import { entriesOf, textOf, type YamlTree } from '../across/yaml-tree.ts';
import { readSpan } from '../console/options.ts';
import { mapOf, matching, textsOf, wrong } from './runbook-entries.ts';

/** The name that leads users to one region or the other, and how it moves. */
export interface RunbookName {
  /** The hosted zone's id. */
  readonly zone: string;
  readonly name: string;
  /** What moves together, in one change: A and AAAA where the name has both. */
  readonly records: readonly [MovedRecord, ...MovedRecord[]];
  /** Seconds, while the name moves. */
  readonly ttl: number;
  readonly resolvers: readonly string[];
}

export type Side = 'from' | 'to';

export interface MovedRecord extends Readonly<Record<Side, Target>> {
  readonly type: AnswerType;
}

/** Where a record leads. An alias has one value, the name that it leads to, and a TTL that is not its own. */
export interface Target {
  /** Sorted, and spelled as `plainValue` has it. */
  readonly values: readonly string[];
  readonly alias?: AliasOf;
}

export interface AliasOf {
  /** The hosted zone of what it leads to; of a load balancer that of its region. */
  readonly zone: string;
  /** Whether Route 53 asks for the health of what it leads to. */
  readonly evaluates: boolean;
}

const KEYS = ['zone', 'name', 'type', 'from', 'to', 'ttl', 'resolvers'];
const ALIAS_KEYS = ['alias', 'zone', 'evaluate'];

/** @throws LandfallError `LF_USAGE`. */
export function readRunbookName(tree: YamlTree | undefined, file: string): RunbookName {
  const dns = mapOf(tree, KEYS, file, 'dns.');
  const records = recordsOf(dns, file);
  if (records.every(({ from, to }) => isSameTarget(from, to)))
    throw wrong(file, 'dns.from and dns.to are the same');
  const ttl = readSpan(`${file}: dns.ttl`, textOf(dns.get('ttl')) || '60s', '60s', 1000) / 1000;
  return {
    zone: matching(dns.get('zone'), HOSTED_ZONE, file, 'dns.zone'),
    name: readDnsName(`${file}: dns.name`, textOf(dns.get('name'))),
    records,
    ttl: Math.round(ttl),
    resolvers: readResolvers(`${file}: dns.resolvers`, textsOf(dns.get('resolvers'), file, 'dns.resolvers')),
  };
}

export function isSameTarget(one: Target, other: Target): boolean {
  return (
    one.values.join(' ') === other.values.join(' ') &&
    one.alias?.zone === other.alias?.zone &&
    one.alias?.evaluates === other.alias?.evaluates
  );
}

/** One spelling for what has several: IPv6 in its shortest form (RFC 5952), names in small letters and without a last dot. */
export function plainValue(text: string): string {
  if (!isIPv6(text)) return text.replace(/\.$/, '').toLowerCase();
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** For people: what all of them lead to, each once. */
export function targetText({ records }: RunbookName, side: Side): string {
  const words = records.flatMap(({ [side]: { values, alias } }) =>
    alias ? [`alias ${values.join(' ')}`] : values,
  );
  return [...new Set(words)].join(' ');
}

const HOSTED_ZONE = /^[A-Z0-9]{1,32}$/;

const FITS: Readonly<Record<AnswerType, (value: string) => boolean>> = {
  A: isIPv4,
  AAAA: isIPv6,
  CNAME: (value) => /^[A-Za-z0-9_.-]+\.[A-Za-z0-9_.-]+$/.test(value) && !isIPv4(value),
};

function recordsOf(dns: ReadonlyMap<string, YamlTree>, file: string): RunbookName['records'] {
  const sides = { from: sideOf(dns, 'from', file), to: sideOf(dns, 'to', file) };
  const given = textsOf(dns.get('type'), file, 'dns.type');
  const types = given.length > 0 ? given.map((word) => typeOf(word, file)) : familiesOf(sides);
  if (types.includes('CNAME') && (types.length > 1 || sides.from.alias || sides.to.alias))
    throw wrong(file, 'dns.type has CNAME, which is beside nothing else, and no alias');
  for (const side of ['from', 'to'] as const) {
    const odd = sides[side].values.find((value) => !types.some((type) => FITS[type](value)));
    if (odd !== undefined && !sides[side].alias)
      throw wrong(file, `dns.${side} has ${odd}, which is no value of ${types.join(' or ')}`);
  }
  const [first, ...rest] = types.map((type): MovedRecord => {
    return { type, from: targetOf(sides.from, type, 'from', file), to: targetOf(sides.to, type, 'to', file) };
  });
  if (!first) throw wrong(file, 'dns.type is empty');
  return [first, ...rest];
}

function typeOf(word: string, file: string): AnswerType {
  if (word === 'A' || word === 'AAAA' || word === 'CNAME') return word;
  throw wrong(file, `dns.type is ${word}; A, AAAA and CNAME can be moved`);
}

/** As the addresses say: a name that has both kinds must not be left half behind. */
function familiesOf(sides: Readonly<Record<Side, Target>>): readonly AnswerType[] {
  const values = [sides.from, sides.to].flatMap((side) => (side.alias ? [] : side.values));
  const isSix = values.some((value) => isIPv6(value));
  const isFour = values.length === 0 || values.some((value) => !isIPv6(value));
  return [...(isFour ? (['A'] as const) : []), ...(isSix ? (['AAAA'] as const) : [])];
}

function targetOf(side: Target, type: AnswerType, key: Side, file: string): Target {
  if (side.alias) return side;
  const values = side.values
    .filter((value) => FITS[type](value))
    .map(plainValue)
    .toSorted();
  if (values.length === 0)
    throw wrong(
      file,
      `dns.${key} has no value of ${type}, and what is left behind would lead to both regions`,
    );
  if (type === 'CNAME' && values.length > 1) throw wrong(file, `dns.${key} has several values of a CNAME`);
  return { values };
}

function sideOf(dns: ReadonlyMap<string, YamlTree>, key: Side, file: string): Target {
  const tree = dns.get(key);
  if (entriesOf(tree).size === 0) {
    const values = textsOf(tree, file, `dns.${key}`);
    if (values.length === 0) throw wrong(file, `dns.${key} is missing`);
    return { values };
  }
  const entries = mapOf(tree, ALIAS_KEYS, file, `dns.${key}.`);
  const name = readDnsName(`${file}: dns.${key}.alias`, textOf(entries.get('alias')));
  const zone = matching(entries.get('zone'), HOSTED_ZONE, file, `dns.${key}.zone`);
  return {
    values: [name],
    alias: { zone, evaluates: !/^(?:false|no|off)$/i.test(textOf(entries.get('evaluate'))) },
  };
}
