import { resolve } from 'node:path';
import { parseDuration } from '#kit/duration.ts';
import { entriesOf, isFalse, isNone, textOf, type YamlTree } from '../across/yaml-tree.ts';
import type { Filter, GivenCredentials, Job, JobType, Uses } from './job.ts';
import * as say from './messages.ts';

/** One job of a configuration: what is to be done, or the one reason why it is not. */
export interface JobReading {
  readonly name: string;
  /** As it is written, for the report of a job that is refused. */
  readonly type: string;
  readonly read: { readonly job: Job } | { readonly refusal: string };
  /** Regions as they are written. */
  readonly destinations: readonly string[];
  readonly warnings: readonly string[];
}

const COMMON = [
  'sync_type',
  'source_region',
  'destination_region',
  'destination_regions',
  'filters',
  'kms_key_ids',
  'aws_client_config',
  'ssm_parameter',
  'map_file',
];

/** By type, what a job may say. */
const OPTIONS: Readonly<Record<JobType, readonly string[]>> = {
  ec2_ami: [
    'ami_owner',
    'owner_id',
    'sync_identifier',
    'launch_permissions',
    'max_images_to_retain',
    'scan',
    'launch_template',
  ],
  rds_automated_snapshot: ['db_instance', 'db_cluster', 'max_snapshots_to_retain', 'option_groups'],
  ebs_snapshot: [
    'volume_id',
    'sync_identifier',
    'max_snapshots_to_retain',
    'snapshot_every',
    'max_source_snapshots_to_retain',
  ],
};

type Options = ReadonlyMap<string, YamlTree>;

/** @param folder of the configuration: paths in it are relative to that. */
export function readJob(
  name: string,
  tree: YamlTree,
  credentials: GivenCredentials,
  folder: string,
): JobReading {
  const options = entriesOf(tree);
  const type = textOf(options.get('sync_type'));
  const destinations = destinationsOf(options);
  const warnings = warningsOf(type, options, destinations);
  try {
    const job = jobOf(name, type, options, credentials, folder);
    return { name, type, read: { job }, destinations, warnings };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { name, type, read: { refusal: error.message }, destinations, warnings };
  }
}

/** The first fault ends the reading of a job; it never leaves this file. */
class Refusal extends Error {}

/** In the order of the gem: type, what the type demands, source, destination, filters. Then what is ours. */
function jobOf(
  name: string,
  type: string,
  options: Options,
  credentials: GivenCredentials,
  folder: string,
): Job {
  if (!isJobType(type)) throw new Refusal(say.unsupportedType(name, type));
  const cluster = textOf(options.get('db_cluster'));
  const instance = textOf(options.get('db_instance')) || cluster;
  if (type === 'rds_automated_snapshot' && instance === '') throw new Refusal(say.noDatabase(name));
  if (cluster !== '' && instance !== cluster) throw new Refusal(say.twoDatabases(name));
  const counted = type === 'ec2_ami' ? 'max_images_to_retain' : 'max_snapshots_to_retain';
  const retained = countOf(name, counted, options);
  const source = textOf(options.get('source_region'));
  if (source === '') throw new Refusal(say.noRegion(name, 'source_region'));
  const destinations = destinationsOf(options);
  if (destinations.length === 0 || destinations.includes(''))
    throw new Refusal(say.noRegion(name, 'destination_region'));
  const filters = filtersOf(name, options);
  if (destinations.includes(source)) throw new Refusal(say.sameRegion(name, source));
  const kmsKeys = textsByRegion(options.get('kms_key_ids'));
  refuseForeignKeys(name, kmsKeys);

  const uses = usesOf(name, type, options, destinations, folder);
  const base = { name, source, destinations, credentials, kmsKeys, uses };
  const limit = retained === undefined ? {} : { retained };
  if (type === 'rds_automated_snapshot') {
    const optionGroups = textsByRegion(options.get('option_groups'));
    const isCluster = cluster !== '';
    return { ...base, type, instance, isCluster, retained: retained ?? 2, optionGroups };
  }
  if (type === 'ec2_ami') {
    const owner = textOf(options.get('owner_id')) || textOf(options.get('ami_owner')) || 'self';
    const copiesPermissions = !isFalse(options.get('launch_permissions'));
    const needsScan = scanOf(name, options);
    return { ...base, type, owner: accountOf(owner), filters, copiesPermissions, needsScan, ...limit };
  }
  const volume = textOf(options.get('volume_id'));
  if (volume === '' && filters.length === 0) throw new Refusal(say.nothingToChoose(name));
  const everyMs = spanOf(name, options);
  const sourceRetained = countOf(name, 'max_source_snapshots_to_retain', options);
  return {
    ...base,
    type,
    filters,
    ...(volume === '' ? {} : { volume }),
    ...limit,
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(sourceRetained === undefined ? {} : { sourceRetained }),
  };
}

/** Anything shorter would make one with each run of a cron job, and EBS takes few at a time. */
const SHORTEST_MS = 60_000;

function spanOf(name: string, options: Options): number | undefined {
  const tree = options.get('snapshot_every');
  if (tree === undefined || isNone(tree)) return undefined;
  const text = textOf(tree);
  const ms = /^[\d.\s]*$/.test(text) ? undefined : parseDuration(text);
  if (ms === undefined || ms < SHORTEST_MS) throw new Refusal(say.invalidSpan(name, inspect(tree)));
  return ms;
}

/** A word that is neither would be taken for a gate that is shut, and none would be there. */
function scanOf(name: string, options: Options): boolean {
  const tree = options.get('scan');
  if (tree === undefined || isNone(tree)) return false;
  if (textOf(tree) === 'required') return true;
  throw new Refusal(say.unknownScan(name, inspect(tree)));
}

function usesOf(
  name: string,
  type: JobType,
  options: Options,
  destinations: readonly string[],
  folder: string,
): Uses {
  const mapFile = textOf(options.get('map_file'));
  const parameters = textsFor(options.get('ssm_parameter'), destinations);
  // Of several volumes there are several copies, and one name can hold one id.
  if (type === 'ebs_snapshot' && (mapFile !== '' || parameters.size > 0) && !options.has('volume_id'))
    throw new Refusal(say.oneNameForMany(name, mapFile === '' ? 'ssm_parameter' : 'map_file'));
  const templates =
    type === 'ec2_ami' ? textsFor(options.get('launch_template'), destinations) : new Map<string, string>();
  return { parameters, templates, ...(mapFile === '' ? {} : { mapFile: resolve(folder, mapFile) }) };
}

/** One text for all destinations, or one for each by its region. */
function textsFor(tree: YamlTree | undefined, destinations: readonly string[]): ReadonlyMap<string, string> {
  const text = textOf(tree);
  if (text === '') return textsByRegion(tree);
  return new Map(destinations.map((region) => [region, text]));
}

function isJobType(type: string): type is JobType {
  return Object.hasOwn(OPTIONS, type);
}

/** 4321-4321-4321 is an account as people write it; `amazon` is none. */
function accountOf(owner: string): string {
  return /^[\d-]+$/.test(owner) ? owner.replaceAll('-', '') : owner;
}

function countOf(name: string, option: string, options: Options): number | undefined {
  const tree = options.get(option);
  if (tree === undefined || isNone(tree)) return undefined;
  const count = tree.kind === 'text' ? readCount(tree.text, tree.isQuoted) : undefined;
  if (count === undefined || count < 0) throw new Refusal(say.invalidCount(name, option, inspect(tree)));
  return count;
}

function destinationsOf(options: Options): readonly string[] {
  const words = [options.get('destination_region'), options.get('destination_regions')].flatMap((tree) => {
    if (tree === undefined || tree.kind === 'nil') return [];
    return tree.kind === 'list' ? tree.items.map((item) => textOf(item)) : [textOf(tree)];
  });
  return [...new Set(words)];
}

/** `sync_identifier` comes first, as in the gem. One field twice is two filters, both of which must hold. */
function filtersOf(name: string, options: Options): readonly Filter[] {
  const identifier = textOf(options.get('sync_identifier'));
  const filters: Filter[] = identifier === '' ? [] : [{ field: 'tag:Sync-Identifier', value: identifier }];
  const tree = options.get('filters');
  if (tree === undefined || isNone(tree)) return filters;
  if (tree.kind === 'text') throw new Refusal(say.filtersNoList(name));
  // Ruby enumerates a map as pairs, none of which is a text with an equals sign.
  const items =
    tree.kind === 'list'
      ? tree.items.map(inspect)
      : [...entriesOf(tree)].map(([key, value]) => pair(key, value));
  for (const item of items) {
    const [field = '', value = '', ...more] = item.split('=');
    if (field === '' || value === '' || more.length > 0) throw new Refusal(say.filterMalformed(name, item));
    filters.push({ field, value });
  }
  return filters;
}

function pair(key: string, value: YamlTree): string {
  return `["${key}", ${value.kind === 'text' ? JSON.stringify(value.text) : inspect(value) || 'nil'}]`;
}

/** About what Ruby's `to_s` makes of it; blanks stay, for they are part of a filter. */
function inspect(tree: YamlTree): string {
  if (tree.kind === 'text') return tree.text;
  if (tree.kind === 'nil') return '';
  if (tree.kind === 'list') return `[${tree.items.map((item) => JSON.stringify(inspect(item))).join(', ')}]`;
  const pairs = [...tree.entries].map(([key, value]) => `"${key}"=>${JSON.stringify(inspect(value))}`);
  return `{${pairs.join(', ')}}`;
}

function textsByRegion(tree: YamlTree | undefined): ReadonlyMap<string, string> {
  const texts = [...entriesOf(tree)].map(([region, value]) => [region.trim(), textOf(value)] as const);
  return new Map(texts.filter(([, text]) => text !== ''));
}

/** EC2 looks at the key only while it copies: such a copy seems to be made, and fails later. */
function refuseForeignKeys(name: string, keys: ReadonlyMap<string, string>): void {
  for (const [region, key] of keys) {
    const of = /^arn:[^:]*:kms:([^:]*):/.exec(key)?.[1];
    if (of !== undefined && of !== region) throw new Refusal(say.foreignKey(name, key, of, region));
  }
}

function warningsOf(type: string, options: Options, destinations: readonly string[]): readonly string[] {
  const known = [...COMMON, ...(isJobType(type) ? OPTIONS[type] : [])];
  const warnings: string[] = [];
  if (isJobType(type))
    for (const option of options.keys())
      if (!known.includes(option)) warnings.push(`${option} is not known and means nothing`);
  for (const option of ['kms_key_ids', 'option_groups', 'ssm_parameter', 'launch_template'])
    for (const region of textsByRegion(options.get(option)).keys())
      if (!destinations.includes(region)) warnings.push(`${option} names ${region}, which is no destination`);
  return warnings;
}

/**
 * A count the way the gem reads one: YAML first, then Ruby's `Integer()`. `0x10`, `0b11`, `0o17`, `010` (octal) and `1_000`
 * are numbers, quoted or not; `2.7` is cut when YAML made it a number, and no number in quotes.
 */
function readCount(text: string, isQuoted: boolean): number | undefined {
  const word = text.trim();
  if (!isQuoted && /^[-+]?\d[\d_]*\.\d*$/.test(word)) return Math.trunc(Number(word.replaceAll('_', '')));
  const [, sign, prefix, digits] =
    /^([-+]?)(0[xX]|0[bB]|0[oO]?(?=[\d_])|)([\da-fA-F]+(?:_[\da-fA-F]+)*)$/.exec(word) ?? [];
  if (digits === undefined) return undefined;
  const radix = RADIX[(prefix ?? '').toLowerCase()] ?? 10;
  const plain = digits.replaceAll('_', '').toLowerCase();
  if (plain.split('').some((digit) => Number.parseInt(digit, 16) >= radix)) return undefined;
  const value = Number.parseInt(plain, radix);
  return sign === '-' ? -value : value;
}

const RADIX: Readonly<Record<string, number>> = { '0x': 16, '0b': 2, '0o': 8, '0': 8 };
