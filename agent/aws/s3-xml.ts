import type { ListedObject } from '#config-service';
import { readXml, textIn, type XmlElement } from './xml.ts';

/** One answer to ListObjectsV2. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

/** The parts of an S3 error document; empty strings for what it does not say, all of them empty when it is none. */
export interface S3Error {
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** Given with AuthorizationHeaderMalformed: the region the bucket is really in. */
  readonly region: string;
  /** Given with InvalidObjectState: where the object lies, such as `GLACIER`. */
  readonly storageClass: string;
}

/** Error texts are for people; a page that got in there by mistake need not be carried around. */
const MAX_MESSAGE_CHARS = 500;

/** API reference, "REST error responses". */
export function readError(body: Buffer): S3Error {
  const read = readXml(body.toString('utf8'), ['Error']);
  const error = typeof read === 'string' ? undefined : read;
  return {
    code: textIn(error, 'Code') ?? '',
    message: onOneLine(textIn(error, 'Message') ?? ''),
    region: textIn(error, 'Region') ?? '',
    storageClass: textIn(error, 'StorageClass') ?? '',
  };
}

/** What a terminal or a log would take for something else goes, too. */
function onOneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE_CHARS);
}

/** API reference, ListObjectsV2. `truncated` when the document begins well but does not end; `malformed` when it is something else. */
export function readListPage(body: Buffer): ListPage | 'truncated' | 'malformed' {
  const result = readXml(body.toString('utf8'), ['ListBucketResult']);
  if (typeof result === 'string') return result;
  // Keys may hold what XML cannot (U+0001), so they are asked for in URL encoding, form style: `+` is a space.
  const encoded = textIn(result, 'EncodingType') === 'url';
  const objects: ListedObject[] = [];
  for (const item of result.children.filter(({ name }) => name === 'Contents')) {
    const object = objectOf(item, encoded);
    if (object === undefined) return 'malformed';
    objects.push(object);
  }
  const next = textIn(result, 'NextContinuationToken');
  if (textIn(result, 'IsTruncated') === 'true') return next ? { objects, next } : 'malformed';
  return { objects, next: undefined };
}

function objectOf(item: XmlElement, encoded: boolean): ListedObject | undefined {
  const key = decodeKey(textIn(item, 'Key'), encoded);
  const size = textIn(item, 'Size') ?? '';
  const etag = textIn(item, 'ETag');
  if (key === undefined || etag === undefined || !/^\d{1,15}$/.test(size)) return undefined;
  const lastModified = Date.parse(textIn(item, 'LastModified') ?? '');
  return { key, size: Number(size), etag, ...(Number.isNaN(lastModified) ? {} : { lastModified }) };
}

function decodeKey(key: string | undefined, encoded: boolean): string | undefined {
  if (key === undefined || !encoded) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
