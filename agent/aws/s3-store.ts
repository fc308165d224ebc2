import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { crc32, gunzip } from 'node:zlib';
import {
  isHtmlPage,
  type GetResult,
  type ListedObject,
  type Listing,
  type ObjectStore,
} from '#config-service';
import { errnoOf } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { HttpAnswer } from './http.ts';
import type { S3Call } from './s3-call.ts';
import { cutShort, htmlInstead, mismatch, nonsense, packed, unpacksTooLarge } from './s3-refusal.ts';
import { createS3Sender, type S3BucketOptions } from './s3-sender.ts';
import { readError, readListPage } from './s3-xml.ts';
import { escapeKey } from './signer.ts';

/** A full page of 1,000 keys of 1,024 escaped bytes, three letters a byte, with room for the rest. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

/** What S3 gives when nothing is asked for. */
const PAGE_KEYS = 1000;

/** Of all pages of one listing: more is no configuration, and an answer that never ends is no listing. */
const MAX_LISTING = { pages: 100, keys: 100_000, bytes: 64 * 1024 * 1024 } as const;

/** One bucket of this region, read with hand-signed requests. Every state S3 can be in is an outcome; nothing is thrown. */
export function createS3Store(options: S3BucketOptions): ObjectStore {
  const { bucket } = options;
  const { basePath, callOf, send, refuse } = createS3Sender(options);

  const listPage = async (prefix: string, atMost: number, token: string | undefined, signal: AbortSignal) => {
    const call = callOf('list', prefix);
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix,
      ...(atMost === PAGE_KEYS ? {} : { 'max-keys': String(atMost) }),
      ...(token === undefined ? {} : { 'continuation-token': token }),
    };
    const path = basePath === '' ? '/' : '';
    const sent = await send({ call, path, query, headers: {}, maxBytes: MAX_PAGE_BYTES, signal });
    if (sent.kind !== 'ok') return sent;
    if (sent.value.status !== 200) return refuse(sent.value, call);
    if (isHtmlPage(sent.value.body)) return htmlInstead(call);
    const page = readListPage(sent.value.body);
    if (page === 'truncated') return cutShort(call, 'the listing ends before its closing tag');
    if (page === 'malformed' || page.objects.some(({ key }) => !key.startsWith(prefix))) {
      return nonsense(call, 'the answer is no listing of this prefix');
    }
    return ok({ ...page, bytes: sent.value.body.length });
  };

  return {
    address: `s3://${bucket}`,

    get: async (key, { ifNoneMatch, maxBytes, signal }): Promise<Outcome<GetResult>> => {
      const call = callOf('read', key);
      const headers = {
        'x-amz-checksum-mode': 'ENABLED',
        ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
      };
      const sent = await send({ call, path: `/${escapeKey(key)}`, query: {}, headers, maxBytes, signal });
      if (sent.kind !== 'ok') return sent;
      const answer = sent.value;
      if (answer.status === 200) return await contentOf(answer, call, maxBytes);
      if (answer.status === 304 && ifNoneMatch !== undefined) return ok({ kind: 'unchanged' });
      if (answer.status === 404 && readError(answer.body).code === 'NoSuchKey') return ok({ kind: 'absent' });
      return refuse(answer, call);
    },

    list: async (prefix, { signal, atMost }): Promise<Outcome<Listing>> => {
      const objects: ListedObject[] = [];
      const left: Record<keyof typeof MAX_LISTING, number> = { ...MAX_LISTING };
      let token: string | undefined;
      while (left.pages > 0) {
        const page = await listPage(prefix, atMost ?? PAGE_KEYS, token, signal);
        if (page.kind !== 'ok') return page;
        const { objects: found, next, bytes } = page.value;
        left.pages -= 1;
        left.keys -= found.length;
        left.bytes -= bytes;
        if (left.keys < 0 || left.bytes < 0) break;
        for (const object of found) objects.push(object);
        if (next === undefined || atMost !== undefined) {
          return ok({ objects: objects.toSorted(byKey), complete: next === undefined });
        }
        if (next === token) return nonsense(callOf('list', prefix), 'the next page is this page again');
        token = next;
      }
      return fail({
        code: 'LF_OBJECT_TOO_LARGE',
        operation: 'list',
        subject: `s3://${bucket}/${prefix}`,
        cause: `the listing goes beyond ${MAX_LISTING.pages} pages, ${MAX_LISTING.keys} keys or ${MAX_LISTING.bytes} bytes`,
        hint: 'Point LANDFALL_SOURCE at a prefix that holds configuration only.',
      });
    },
  };
}

async function contentOf(answer: HttpAnswer, call: S3Call, maxBytes: number): Promise<Outcome<GetResult>> {
  const { headers, body } = answer;
  const { etag } = headers;
  if (isHtmlPage(body) && !isHtmlOnPurpose(call.key, headers)) return htmlInstead(call);
  if (!etag) return nonsense(call, 'the answer has content and no ETag');
  // Of the bytes as they are stored.
  const wrong = wrongChecksum(headers, body);
  if (wrong !== undefined) return mismatch(call, wrong);
  const decoded = await decodeContent(call.key, body, headers['content-encoding'], maxBytes);
  if (decoded.kind === 'content') return ok({ kind: 'found', bytes: decoded.bytes, etag });
  return decoded.kind === 'too-large' ? unpacksTooLarge(call, maxBytes) : packed(call, decoded.coding);
}

/**
 * An object that is called so, or that a release names by its digest. Of other names a page is one on purpose when the type
 * kept with it does not say so (a template, uploaded as what it is), unless the name says that it is configuration.
 */
function isHtmlOnPurpose(key: string, headers: HttpAnswer['headers']): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  if (/\.[sx]?html?(?:\.|$)/i.test(name) || /^[0-9a-f]{64}$/.test(name)) return true;
  const type = headers['content-type'] ?? '';
  return type !== '' && !/html/i.test(type) && !/\.(?:properties|ya?ml|json)$/.test(name);
}

/** By code unit, like everything else that is ordered here. */
function byKey(a: ListedObject, b: ListedObject): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

/** Algorithms that Node computes itself; S3 may answer others (crc32c, crc64nvme), which prove nothing here. */
const DIGESTS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  'x-amz-checksum-sha256': (bytes) => createHash('sha256').update(bytes).digest('base64'),
  'x-amz-checksum-sha1': (bytes) => createHash('sha1').update(bytes).digest('base64'),
  'x-amz-checksum-crc32': (bytes) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(bytes));
    return sum.toString('base64');
  },
};

/**
 * The name of the checksum header that does not fit `bytes`, undefined when all that can be checked fit. A composite
 * checksum (`-` and the number of parts at its end) is one of the parts' checksums, not of the bytes: skipped.
 */
function wrongChecksum(headers: Readonly<Record<string, string>>, bytes: Buffer): string | undefined {
  if (headers['x-amz-checksum-type'] === 'COMPOSITE') return undefined;
  return Object.entries(DIGESTS).find(([name, digest]) => {
    const expected = headers[name];
    return expected !== undefined && !expected.includes('-') && expected !== digest(bytes);
  })?.[0];
}

/** `unreadable`: it says that it is packed and cannot be unpacked here. */
type Decoded =
  | { readonly kind: 'content'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unreadable'; readonly coding: string };

const inflate = promisify(gunzip);

/** Packed by other means: named in the metadata of an object by whoever put it there, and unpacked by nobody on the way. */
const OTHER_CODINGS = new Set(['br', 'compress', 'deflate', 'x-compress', 'zstd']);

/**
 * The content of an object as it was before it was packed for S3: `Content-Encoding` is kept with the object and comes with
 * the stored bytes, whatever was asked for. An object whose name says that it is packed stays so, and so does one that only
 * claims it (metadata is typed by hand: `utf-8` is common).
 */
async function decodeContent(
  key: string,
  body: Buffer,
  contentEncoding: string | undefined,
  maxBytes: number,
): Promise<Decoded> {
  // aws-chunked is of the upload's wire, and some stores keep it.
  const codings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding === 'gzip' || coding === 'x-gzip' || OTHER_CODINGS.has(coding));
  const [coding, ...more] = codings;
  if (coding === undefined || /\.(?:t?gz|gzip|svgz)$/i.test(key)) return { kind: 'content', bytes: body };
  if (more.length > 0 || OTHER_CODINGS.has(coding)) return { kind: 'unreadable', coding: codings.join(', ') };
  if (body[0] !== 0x1f || body[1] !== 0x8b) return { kind: 'content', bytes: body };
  try {
    return { kind: 'content', bytes: await inflate(body, { maxOutputLength: maxBytes }) };
  } catch (error) {
    return errnoOf(error) === 'ERR_BUFFER_TOO_LARGE' ? { kind: 'too-large' } : { kind: 'unreadable', coding };
  }
}
