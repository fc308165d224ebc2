import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { errnoOf } from '#kit/errno.ts';

/** `unreadable`: it says that it is packed and cannot be unpacked here. */
export type Decoded =
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
export async function decodeContent(
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
