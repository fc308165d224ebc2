import { meantRegion, regionFacts } from '#config-service';
import { readProbe, type Probe } from '../across/probe.ts';
import { readDnsName, readResolvers } from '../across/resolvers.ts';
import { entriesOf, readYamlTree, textOf, type YamlTree } from '../across/yaml-tree.ts';
import { readSpan, usage } from '../options.ts';
import { readReleaseAddress } from '../site/release-address.ts';

/** The move of one service from one region to another, as it is written down. */
export interface Runbook {
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly dns: RunbookName;
  /** Where releases lie, with `{region}`; undefined: the configuration is none of this runbook. */
  readonly release: { readonly at: string; readonly owner: string | undefined } | undefined;
  /** A configuration of `landfall-ops sync`, as a path. */
  readonly sync: string | undefined;
  /** Images that `sync` copied must carry the digest of a clean scan. */
  readonly scanned: boolean;
  /** Of Parameter Store, in the region that is moved to. */
  readonly parameters: readonly string[];
  /** Ids, ARNs or aliases of KMS, there. */
  readonly keys: readonly string[];
  /** Asked before the switch and after it. */
  readonly smoke: readonly Probe[];
}

export interface RunbookName {
  /** The hosted zone's id. */
  readonly zone: string;
  readonly name: string;
  readonly type: 'A' | 'CNAME';
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Seconds, while the name moves. */
  readonly ttl: number;
  readonly resolvers: readonly string[];
}

const KEYS = ['service', 'from', 'to', 'dns', 'release', 'sync', 'scanned', 'parameters', 'keys', 'smoke'];
const DNS_KEYS = ['zone', 'name', 'type', 'from', 'to', 'ttl', 'resolvers'];

/** Strict: what nobody knows is a slip, and a step that was meant would not be made. @throws LandfallError `LF_USAGE`. */
export function readRunbook(text: string, file: string): Runbook {
  const read = readYamlTree(text);
  if ('cause' in read) throw wrong(file, `it is no YAML: ${read.cause}`);
  const top = mapOf(read.tree, KEYS, file, '');
  const dns = mapOf(top.get('dns'), DNS_KEYS, file, 'dns.');
  const [from, to] = [regionIn(top, 'from', file), regionIn(top, 'to', file)];
  if (from === to) throw wrong(file, `from and to are the same region, ${from}`);
  return {
    service: matching(top.get('service'), /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, file, 'service'),
    from,
    to,
    dns: nameOf(dns, file),
    release: releaseOf(top.get('release'), [from, to], file),
    sync: textOf(top.get('sync')) || undefined,
    scanned: /^(?:true|yes|on)$/i.test(textOf(top.get('scanned'))),
    parameters: textsOf(top.get('parameters'), file, 'parameters'),
    keys: textsOf(top.get('keys'), file, 'keys'),
    smoke: textsOf(top.get('smoke'), file, 'smoke').map((probe) => readProbe(probe, `${file}: smoke`)),
  };
}

function nameOf(dns: ReadonlyMap<string, YamlTree>, file: string): RunbookName {
  const type = textOf(dns.get('type')) || 'A';
  if (type !== 'A' && type !== 'CNAME') throw wrong(file, `dns.type is ${type}; A and CNAME can be moved`);
  const shape = type === 'A' ? /^\d{1,3}(?:\.\d{1,3}){3}$/ : /^[A-Za-z0-9_.-]+\.[A-Za-z0-9_.-]+$/;
  const valuesOf = (key: string): readonly string[] => {
    const values = textsOf(dns.get(key), file, `dns.${key}`);
    const odd = values.find((value) => !shape.test(value));
    if (odd !== undefined) throw wrong(file, `dns.${key} has ${odd}, which is no value of ${type}`);
    if (values.length === 0) throw wrong(file, `dns.${key} is missing`);
    if (type === 'CNAME' && values.length > 1) throw wrong(file, `dns.${key} has several values of a CNAME`);
    return values.map((value) => value.replace(/\.$/, '')).toSorted();
  };
  const [from, to] = [valuesOf('from'), valuesOf('to')];
  if (from.join() === to.join()) throw wrong(file, 'dns.from and dns.to are the same');
  const ttl = readSpan(`${file}: dns.ttl`, textOf(dns.get('ttl')) || '60s', '60s', 1000) / 1000;
  return {
    zone: matching(dns.get('zone'), /^[A-Z0-9]{1,32}$/, file, 'dns.zone'),
    name: readDnsName(`${file}: dns.name`, textOf(dns.get('name'))),
    type,
    from,
    to,
    ttl: Math.round(ttl),
    resolvers: readResolvers(`${file}: dns.resolvers`, textsOf(dns.get('resolvers'), file, 'dns.resolvers')),
  };
}

function releaseOf(tree: YamlTree | undefined, regions: readonly string[], file: string): Runbook['release'] {
  if (tree === undefined) return undefined;
  const entries = mapOf(tree, ['at', 'owner'], file, 'release.');
  const at = textOf(entries.get('at'));
  const owner = textOf(entries.get('owner')) || undefined;
  if (!at.includes('{region}'))
    throw wrong(file, 'release.at has no {region}: it would be one bucket for both');
  for (const region of regions) readReleaseAddress(at, region, owner);
  return { at, owner };
}

function mapOf(
  tree: YamlTree | undefined,
  known: readonly string[],
  file: string,
  prefix: string,
): ReadonlyMap<string, YamlTree> {
  const entries = entriesOf(tree);
  if (entries.size === 0)
    throw wrong(file, prefix === '' ? 'it is empty' : `${prefix.slice(0, -1)} is missing`);
  const unknown = [...entries.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw wrong(file, `${prefix}${unknown} means nothing; there are ${known.join(', ')}`);
  return entries;
}

function regionIn(top: ReadonlyMap<string, YamlTree>, key: string, file: string): string {
  const region = textOf(top.get(key));
  const meant = meantRegion(region);
  if (meant !== undefined) throw wrong(file, `${key} is ${region}, which is no AWS region; ${meant} is one`);
  if (regionFacts(region)) return region;
  throw wrong(file, region === '' ? `${key} is missing` : `${key} is ${region}, which is no AWS region`);
}

function matching(tree: YamlTree | undefined, shape: RegExp, file: string, key: string): string {
  const text = textOf(tree);
  if (shape.test(text)) return text;
  throw wrong(file, text === '' ? `${key} is missing` : `${key} cannot be ${text}`);
}

/** A list, or one text for a list of one. */
function textsOf(tree: YamlTree | undefined, file: string, key: string): readonly string[] {
  if (tree === undefined || tree.kind === 'nil') return [];
  const texts = (tree.kind === 'list' ? tree.items : [tree]).map(textOf);
  if (texts.includes('')) throw wrong(file, `${key} has an entry that is no text`);
  return [...new Set(texts)];
}

function wrong(file: string, cause: string) {
  return usage(file, cause, 'docs/migration.md has a runbook to start from.');
}
