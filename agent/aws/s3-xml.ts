import type { ListedObject } from '#config-service';
import { element } from './xml.ts';

/** One answer to ListObjectsV2. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

/** The parts of an S3 error document that decide something; empty strings for what it does not say. */
export interface S3Error {
  readonly code: string;
  readonly message: string;
  /** Given with AuthorizationHeaderMalformed: the region the bucket is really in. */
  readonly region: string;
}

/**
 * The documents of S3 that Landfall reads, and no other XML: two flat shapes without attributes that matter, CDATA,
 * comments or DTD, written by one printer (API reference, ListObjectsV2 and "REST error responses").
 */
export function readError(body: Buffer): S3Error {
  const text = body.toString('utf8');
  const error = /<Error>([\s\S]*)<\/Error>/.exec(text)?.[1] ?? '';
  return {
    code: element(error, 'Code') ?? '',
    message: element(error, 'Message') ?? '',
    region: element(error, 'Region') ?? '',
  };
}

/** `truncated` when the document begins well but does not end; `malformed` when it is something else. */
export function readListPage(body: Buffer): ListPage | 'truncated' | 'malformed' {
  const text = body.toString('utf8');
  if (!/^\uFEFF?\s*(<\?xml[^>]*>\s*)?<ListBucketResult[\s>]/.test(text)) return 'malformed';
  if (!/<\/ListBucketResult>\s*$/.test(text)) return 'truncated';
  // Keys may hold what XML cannot (U+0001), so they are asked for in URL encoding, form style: `+` is a space.
  const encoded = element(text, 'EncodingType') === 'url';
  const objects: ListedObject[] = [];
  for (const [, item = ''] of text.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
    const key = decodeKey(element(item, 'Key'), encoded);
    const size = element(item, 'Size') ?? '';
    const etag = element(item, 'ETag');
    if (key === undefined || etag === undefined || !/^\d+$/.test(size)) return 'malformed';
    objects.push({ key, size: Number(size), etag });
  }
  const next = element(text, 'NextContinuationToken');
  if (element(text, 'IsTruncated') === 'true') return next ? { objects, next } : 'malformed';
  return { objects, next: undefined };
}

function decodeKey(key: string | undefined, encoded: boolean): string | undefined {
  if (key === undefined || !encoded) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
