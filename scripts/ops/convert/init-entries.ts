import { readInitConfig } from '#agent/apply/init/config.ts';
import { isJsonObject, type Json, type JsonObject } from '#agent/plan/json.ts';
import type { PlanNode } from '#agent/plan/plan-node.ts';
import type { Draft } from './draft.ts';
import { factIn, liquidOf, shellOf } from './instance-facts.ts';

/** Plain values of a node, or why they cannot be had without CloudFormation. */
export type Resolve = (
  node: PlanNode,
) => { readonly json: Json } | { readonly at: PlanNode; readonly why: string };

interface Reading {
  /** Name of the config in the document. */
  readonly name: string;
  readonly resolve: Resolve;
  readonly draft: Draft;
}

/** Sections whose entries lie one level deeper: below a package manager, or a kind of services. */
const NESTED: readonly string[] = ['packages', 'services'];
const FLAT: readonly string[] = ['groups', 'users', 'sources', 'files', 'commands'];

/** One config of an init document, with the entries that Landfall does; what it does not is told, entry by entry. */
export function convertInitConfig(node: PlanNode, reading: Reading): JsonObject {
  const config: Record<string, Json> = {};
  for (const [section, content] of node.kind === 'map' ? node.members : []) {
    const what = `${reading.name}.${section}`;
    if (content.kind !== 'map') reading.draft.leave(content, what, 'is no map');
    else if (FLAT.includes(section)) {
      const entries = convertEntries(section, content, (entry) => ({ [section]: entry }), reading);
      if (Object.keys(entries).length > 0) config[section] = entries;
    } else if (NESTED.includes(section)) {
      const kinds: Record<string, Json> = {};
      for (const [kind, below] of content.members) {
        const wrap = (entry: JsonObject): JsonObject => ({ [section]: { [kind]: entry } });
        const entries = convertEntries(`${section}.${kind}`, below, wrap, reading);
        if (Object.keys(entries).length > 0) kinds[kind] = entries;
      }
      if (Object.keys(kinds).length > 0) config[section] = kinds;
    } else reading.draft.leave(content, what, 'is no section of an init document');
  }
  return config;
}

function convertEntries(
  section: string,
  node: PlanNode,
  wrap: (entry: JsonObject) => JsonObject,
  reading: Reading,
): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [name, below] of node.kind === 'map' ? node.members : []) {
    const what = `${reading.name}.${section}.${name}`;
    const [, needless] = NEEDLESS.find(([pattern]) => pattern.test(name)) ?? [];
    if (needless !== undefined) {
      reading.draft.leave(below, what, needless);
      continue;
    }
    const entry = convertEntry(section, name, below, reading);
    if (entry === undefined) continue;
    const problem = problemOf(wrap({ [name]: entry }));
    if (problem === undefined) kept[name] = entry;
    else reading.draft.leave(below, what, problem);
  }
  return kept;
}

/** What only the old program would look at. */
const NEEDLESS: readonly (readonly [RegExp, string])[] = [
  [
    /^(\/etc\/cfn\/(cfn-hup\.conf|hooks\.d\/.*)|cfn-hup)$/,
    'cfn-hup is not needed: Landfall itself follows changes',
  ],
  [
    /^\/opt\/elasticbeanstalk\/hooks\//,
    'nothing runs hooks of Beanstalk: make it a script or a hook of the plan',
  ],
];

/** Addresses of S3 are `s3://` by then, which hang on no region. */
const STAND_IN = 'eu-west-1';

/** What the agent's own reader says of it: no second idea of what is understood. */
function problemOf(config: JsonObject): string | undefined {
  let first: string | undefined;
  readInitConfig({ name: 'config', value: config, region: STAND_IN }, (at, message) => {
    first ??= `${at.split('/').at(-1) ?? at}: ${message.replaceAll(STAND_IN, 'its region')}`;
  });
  return first;
}

/** Undefined when it is told why not, or has gone elsewhere. */
function convertEntry(section: string, name: string, node: PlanNode, reading: Reading): Json | undefined {
  const { draft, resolve } = reading;
  const what = `${reading.name}.${section}.${name}`;
  const resolved = resolve(node);
  if (!('json' in resolved)) {
    draft.leave(resolved.at, what, resolved.why);
    return undefined;
  }
  if (section.startsWith('packages')) return resolved.json ?? [];
  const entry = withS3Addresses(
    section,
    texts(resolved.json, section === 'files' ? 'content' : undefined),
    node,
    { ...reading, name: what },
  );
  if (!factIn(entry)) return entry;
  if (section === 'files' && isJsonObject(entry))
    return asTemplate(name, entry, node, { ...reading, name: what });
  if (section === 'commands' && isJsonObject(entry)) return inShell(entry, node, { ...reading, name: what });
  draft.leave(node, what, 'hangs on a fact of the instance, which an init document cannot name');
  return undefined;
}

/** Everything as text, as CloudFormation hands it on; only content may be a document of its own. */
function texts(value: Json, except?: string): Json {
  if (Array.isArray(value)) return value.map((one: Json) => texts(one));
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, below]) => [name, name === except ? below : texts(below)]),
    );
  }
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

/** `s3://` wherever the old address was one of S3: the bucket has to be one of the region. */
function withS3Addresses(section: string, entry: Json, node: PlanNode, { name, draft }: Reading): Json {
  const moved = (url: Json | undefined): Json | undefined => {
    const found = typeof url === 'string' ? s3AddressOf(url) : undefined;
    if (found === undefined) return url;
    if (!factIn(found))
      draft.remark(
        'differs',
        node,
        name,
        `is read from ${found}, which has to lie in the region of the instance`,
      );
    return found;
  };
  if (section === 'sources') return moved(entry) ?? entry;
  if (section !== 'files' || !isJsonObject(entry) || entry['source'] === undefined) return entry;
  return { ...entry, source: moved(entry['source']) ?? '' };
}

/** The three forms of a host of S3, with and without a region. */
export function s3AddressOf(url: string): string | undefined {
  const host = /^https?:\/\/([^/]+)\/(.+)$/.exec(url);
  const [, name = '', path = ''] = host ?? [];
  const suffix = /(?:^|\.)s3(?:[.-][\w\uE000\uE001-]+)?\.amazonaws\.com(?:\.cn)?$/.exec(name);
  if (!suffix || url.includes('?')) return undefined;
  const bucket = name.slice(0, suffix.index);
  return bucket === '' ? `s3://${path}` : `s3://${bucket}/${path}`;
}

/** A file whose content hangs on where the instance is: what templates are for. */
function asTemplate(path: string, entry: JsonObject, node: PlanNode, { name, draft }: Reading): undefined {
  const { content, context } = entry;
  const rest = Object.fromEntries(
    Object.entries(entry).filter(([field]) => ['owner', 'group'].includes(field)),
  );
  if (typeof content !== 'string' || context !== undefined || factIn(rest)) {
    draft.leave(node, name, 'hangs on a fact of the instance, which an init document cannot name');
    return undefined;
  }
  const base = path.split('/').at(-1) ?? 'file';
  const mode = typeof entry['mode'] === 'string' ? { mode: entry['mode'].slice(-4) } : {};
  const source = draft.file(`templates/${base}.liquid`, liquidOf(content));
  draft.put('templates', base, { source, target: path, format: 'text', ...mode, ...rest });
  draft.remark(
    'differs',
    node,
    name,
    'became a template: it is put in place after all of init, and before the services of the plan',
  );
  return undefined;
}

/** In a shell line a fact is a variable, unless it stands between single quotes. */
function inShell(entry: JsonObject, node: PlanNode, { name, draft }: Reading): Json | undefined {
  const { command, test, ...rest } = entry;
  const lines = [command, test].map((line) => (typeof line === 'string' ? shellOf(line) : line));
  if (factIn(rest) || lines.some((line) => line === null || (line !== undefined && factIn(line)))) {
    draft.leave(
      node,
      name,
      'hangs on a fact of the instance where no shell puts one in; $LANDFALL_REGION and others are in its environment',
    );
    return undefined;
  }
  const [ours = '', tested] = lines;
  return { command: ours, ...(tested === undefined ? {} : { test: tested }), ...rest };
}
