import { isoTime } from '#kit/iso-time.ts';
import type { Answer, SandboxRequest } from '../wire/exchange.ts';
import { element, textElement } from '../wire/xml.ts';
import type { Bucket, StoredObject } from './bucket.ts';
import { accessDenied, s3Error, s3Xml } from './s3-answer.ts';

const MOST_KEYS = 1000;

interface Page {
  readonly objects: readonly StoredObject[];
  readonly prefixes: readonly string[];
  /** The last key or common prefix of this page, when more follow. */
  readonly resumeAfter: string | undefined;
}

/** ListObjectsV2. */
export function listObjects(bucket: Bucket, request: SandboxRequest): Answer {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const startAfter = query.get('start-after');
  const token = query.get('continuation-token');
  const encoding = query.get('encoding-type');
  const asked = query.get('max-keys') ?? String(MOST_KEYS);
  if (!/^\d{1,10}$/.test(asked))
    return s3Error(400, 'InvalidArgument', 'Provided max-keys not an integer or within integer range');
  if (encoding !== null && encoding !== 'url')
    return s3Error(400, 'InvalidArgument', 'Invalid Encoding Method specified in Request');
  const resumed = token === null ? undefined : readToken(token);
  if (token !== null && resumed === undefined)
    return s3Error(400, 'InvalidArgument', 'The continuation token provided is incorrect');
  if (bucket.denies(prefix)) return accessDenied();

  const maxKeys = Math.min(Number(asked), MOST_KEYS);
  const page = takePage(bucket, prefix, delimiter, resumed ?? startAfter ?? undefined, maxKeys);
  const shown = encoding === 'url' ? urlEncode : (text: string) => text;
  return s3Xml(
    'ListBucketResult',
    textElement('Name', bucket.name),
    textElement('Prefix', shown(prefix)),
    optional('Delimiter', shown(delimiter)),
    optional('StartAfter', startAfter === null ? null : shown(startAfter)),
    optional('ContinuationToken', token),
    optional('NextContinuationToken', page.resumeAfter === undefined ? null : writeToken(page.resumeAfter)),
    optional('EncodingType', encoding),
    textElement('KeyCount', String(page.objects.length + page.prefixes.length)),
    textElement('MaxKeys', String(maxKeys)),
    textElement('IsTruncated', String(page.resumeAfter !== undefined)),
    ...page.objects.map((object) => contents(object, shown)),
    ...page.prefixes.map((common) => element('CommonPrefixes', textElement('Prefix', shown(common)))),
  );
}

function optional(name: string, value: string | null | undefined): string {
  return value === null || value === undefined || value === '' ? '' : textElement(name, value);
}

function takePage(
  bucket: Bucket,
  prefix: string,
  delimiter: string,
  after: string | undefined,
  maxKeys: number,
): Page {
  const objects: StoredObject[] = [];
  const prefixes: string[] = [];
  let last: string | undefined;
  for (const object of bucket.sorted()) {
    if (!object.key.startsWith(prefix) || (after !== undefined && !comesAfter(object.key, after))) continue;
    const common = commonPrefix(object.key, prefix, delimiter);
    // One entry for all keys under a common prefix, also across pages: `after` may be that prefix.
    if (common !== undefined && (common === last || common === after)) continue;
    if (objects.length + prefixes.length === maxKeys)
      return { objects, prefixes, resumeAfter: maxKeys === 0 ? undefined : last };
    if (common === undefined) objects.push(object);
    else prefixes.push(common);
    last = common ?? object.key;
  }
  return { objects, prefixes, resumeAfter: undefined };
}

function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end === -1 ? undefined : key.slice(0, end + delimiter.length);
}

function comesAfter(key: string, mark: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(mark)) > 0;
}

function contents(object: StoredObject, shown: (text: string) => string): string {
  return element(
    'Contents',
    textElement('Key', shown(object.key)),
    textElement('LastModified', isoTime(Math.floor(object.lastModified / 1000) * 1000)),
    textElement('ETag', object.etag),
    textElement('Size', String(object.body.length)),
    textElement('StorageClass', 'STANDARD'),
  );
}

/** Opaque to clients. The leading mark tells our tokens from any other base64. */
function writeToken(after: string): string {
  return Buffer.from(`after:${after}`).toString('base64url');
}

function readToken(token: string): string | undefined {
  const text = Buffer.from(token, 'base64url').toString();
  return text.startsWith('after:') ? text.slice('after:'.length) : undefined;
}

/** As S3 encodes keys: form encoding, slashes kept. */
function urlEncode(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+');
}
