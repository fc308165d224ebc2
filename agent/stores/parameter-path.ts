import { printStoreEntries, sha256Hex, type StoreEntry } from '#config-service';
import { isRecord } from '#kit/is-record.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';
import { askForPage } from './page.ts';
import type { AddressOf, PagedStoreParts, ReadStore, StoreReading } from './store-reader.ts';
import { storeFault, storeRefusal } from './store-refusal.ts';

/** AWS Systems Manager API reference, GetParametersByPath: MaxResults is at most 10. */
const PER_PAGE = 10;

/** Of one layer. A thousand pages of a path are a thousand calls of every instance: beyond that it is no configuration. */
const MAX_PARAMETERS = 10_000;

/** All Get calls of an account and region share 40 a second (Systems Manager quotas): a long path leaves them to others. */
const UNHURRIED = { afterPages: 5, pauseMs: 100 };

/**
 * The parameters below a path, at any depth. `/payroll/prod/db/url` below `/payroll/prod` is `db.url`, a StringList is a
 * list. A SecureString is not decrypted here: its value is a reference to itself, so that it is a secret like every other.
 */
export function createParameterPathReader(
  layer: string,
  { path }: AddressOf<'ssm'>,
  { aws, pin, clock, random }: PagedStoreParts,
): ReadStore {
  const call = {
    layer,
    permission: `ssm:GetParametersByPath on arn:${pin.partition}:ssm:${pin.region}:${pin.account}:parameter${path}`,
    missing: { cause: 'Parameter Store does not know it', hint: 'Check the path in LANDFALL_LAYERS.' },
  };

  const readPage = async (token: string | undefined, signal: AbortSignal) => {
    const body = {
      Path: path,
      Recursive: true,
      WithDecryption: false,
      MaxResults: PER_PAGE,
      ...(token === undefined ? {} : { NextToken: token }),
    };
    const options = { signal, repeatable: true };
    const ask = () => aws.json('ssm', 'AmazonSSM.GetParametersByPath', body, options);
    return askForPage(ask, token === undefined, { clock, random }, signal);
  };

  return async (_previous, signal): Promise<Outcome<StoreReading>> => {
    const entries = new Map<string, StoreEntry>();
    const secrets: string[] = [];
    const seen = new Set<string>();
    let token: string | undefined;
    for (let page = 1; ; page += 1) {
      const result = await readPage(token, signal);
      if (result.kind !== 'ok') return storeRefusal(result, call);
      const read = pageOf(result.json, path);
      if (!read) return retry(storeFault(layer, 'LF_SOURCE_MALFORMED', NO_PAGE, HINT));
      for (const { entry, isSecret } of read.found) {
        entries.set(entry.name, entry);
        if (isSecret) secrets.push(`${entry.name}:${entry.version}`);
      }
      token = read.next;
      if (token === undefined) break;
      if (entries.size > MAX_PARAMETERS)
        return retry(storeFault(layer, 'LF_OBJECT_TOO_LARGE', TOO_MANY, SMALLER));
      if (seen.has(token)) return retry(storeFault(layer, 'LF_SOURCE_MALFORMED', TURNING, HINT));
      seen.add(token);
      if (page >= UNHURRIED.afterPages) await clock.sleep(UNHURRIED.pauseMs, signal);
    }
    if (entries.size === 0) return ok({ files: [] });
    const bytes = printStoreEntries([...entries.values()]);
    const file = { path: 'parameters.entries', object: layer, sha256: sha256Hex(bytes), bytes };
    return ok({ files: [file], secrets: secrets.toSorted().join('\n') });
  };
}

interface Found {
  readonly entry: StoreEntry;
  readonly isSecret: boolean;
}

/** Undefined when it is none: then nothing can be said of what is there, least of all that it is gone. */
function pageOf(
  json: unknown,
  path: string,
): { readonly found: readonly Found[]; readonly next: string | undefined } | undefined {
  if (!isRecord(json) || !Array.isArray(json['Parameters'])) return undefined;
  const found = json['Parameters'].map((parameter: unknown) => foundOf(parameter, path));
  const { NextToken: next } = json;
  if (!found.every((one) => one !== undefined)) return undefined;
  if (next !== undefined && next !== null && typeof next !== 'string') return undefined;
  return { found, next: next || undefined };
}

function foundOf(parameter: unknown, path: string): Found | undefined {
  if (!isRecord(parameter)) return undefined;
  const { Name: name, Type: type, Value: value, Version: version } = parameter;
  if (typeof name !== 'string' || typeof value !== 'string' || typeof version !== 'number') return undefined;
  if (!name.startsWith(`${path}/`)) return undefined;
  const below = name.slice(path.length + 1);
  const isSecret = type === 'SecureString';
  const text = type === 'StringList' ? value.split(',') : value;
  const entry = {
    key: below.replaceAll('/', '.'),
    value: isSecret ? `\${@ssm:${name}}` : text,
    name: below,
    version,
  };
  return { entry, isSecret };
}

const NO_PAGE = 'the answer is no page of parameters below the path';
const TURNING = 'the pages go round in a circle';
const HINT = 'Look for a proxy between this instance and Systems Manager, and at AWS_ENDPOINT_URL*.';
const TOO_MANY = `more than ${MAX_PARAMETERS} parameters lie below it`;
const SMALLER = 'Name a longer path, or move what changes together into one file of a layer in S3.';
