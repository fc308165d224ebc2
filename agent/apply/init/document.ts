import { isJsonObject, type Json, type JsonObject } from '../../plan/json.ts';
import type { Report } from './fields.ts';
import { INIT_LIMITS } from './limits.ts';

/** An AWS::CloudFormation::Init document, its configs not yet read. */
export interface InitDocument {
  /** Undefined: there are none, and `default` stands for the config named `config`. */
  readonly configSets: JsonObject | undefined;
  readonly configs: ReadonlyMap<string, Json>;
}

const ROOT = 'AWS::CloudFormation::Init';

/**
 * Reads the bare document, the metadata that holds it, the resource whose metadata that is, or a template with one such
 * resource: what `cfn-get-metadata`, `describe-stack-resource` and listings in print give.
 */
export function readInitDocument(bytes: Uint8Array, report: Report): InitDocument | undefined {
  const root = parse(bytes, report);
  if (root === undefined) return undefined;
  const wrapped = initsIn(root);
  if (wrapped.length > 1) {
    report(
      ROOT,
      `stands in ${wrapped.length} resources; \`landfall-ops convert --resource NAME\` takes one of them`,
    );
    return undefined;
  }
  const document = wrapped[0] ?? root;
  if (!isJsonObject(document)) {
    report(ROOT, 'is not an object');
    return undefined;
  }
  const { configSets, ...configs } = document;
  if (configSets !== undefined && !isJsonObject(configSets)) {
    report('configSets', 'is not a map of names to lists');
    return undefined;
  }
  if (configSets === undefined && configs['config'] === undefined) {
    report(ROOT, 'has neither configSets nor a config named `config`');
    return undefined;
  }
  return { configSets, configs: new Map(Object.entries(configs)) };
}

/** The place of the first intrinsic function that nobody resolved; undefined when there is none. */
export function intrinsicIn(value: Json, at: string): string | undefined {
  if (Array.isArray(value)) return firstOf(value.entries(), at);
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only && /^(Ref|Fn::\w+)$/.test(only[0])) return `${at}/${only[0]}`;
  return firstOf(entries, at);
}

function firstOf(entries: Iterable<[string | number, Json]>, at: string): string | undefined {
  for (const [name, value] of entries) {
    const found = intrinsicIn(value, `${at}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parse(bytes: Uint8Array, report: Report): JsonObject | undefined {
  if (bytes.byteLength > INIT_LIMITS.contentBytes) {
    report(ROOT, `the document has more than ${INIT_LIMITS.contentBytes} bytes`);
    return undefined;
  }
  let root: Json;
  try {
    root = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch {
    // The parser's own message would repeat a part of the document.
    report(ROOT, 'the document is not JSON in UTF-8; a YAML template has to be turned into JSON');
    return undefined;
  }
  if (!isJsonObject(root)) report(ROOT, 'the document is not an object');
  else if (isDeeperThan(root, INIT_LIMITS.depth))
    report(ROOT, `nests deeper than ${INIT_LIMITS.depth} levels`);
  else return root;
  return undefined;
}

/** From the inside out: metadata, a resource, resources by their names, a template. */
function initsIn(root: JsonObject): readonly Json[] {
  const own = root[ROOT] ?? metadataOf(root);
  if (own !== undefined) return [own];
  const { Resources: resources } = root;
  const named = isJsonObject(resources) ? resources : root;
  return Object.values(named).flatMap((one) => (isJsonObject(one) ? (metadataOf(one) ?? []) : []));
}

function metadataOf({ Metadata: metadata }: JsonObject): Json | undefined {
  return isJsonObject(metadata) ? metadata[ROOT] : undefined;
}

function isDeeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner: Json) => isDeeperThan(inner, levels - 1));
}
