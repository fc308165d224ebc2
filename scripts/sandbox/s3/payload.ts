import { createHash } from 'node:crypto';
import { header, type Answer, type SandboxRequest } from '../wire/exchange.ts';
import { checksumHolds, isChecksumHeader, type ChecksumHeaders } from './checksum.ts';
import { s3Error } from './s3-answer.ts';

export interface Payload {
  readonly kind: 'payload';
  readonly body: Buffer;
  readonly checksums: ChecksumHeaders;
}

/** The bytes that were meant, every digest that came with them checked, or the refusal S3 would send. */
export function readPayload(
  request: SandboxRequest,
): Payload | { readonly kind: 'refused'; readonly answer: Answer } {
  const declared = header(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  const chunked = declared.startsWith('STREAMING-')
    ? decodeAwsChunks(request.body)
    : { body: request.body, trailer: {} };
  if (!chunked) return refused('IncompleteBody', 'The request body terminated unexpectedly');
  const { body, trailer } = chunked;
  const length = header(request, 'x-amz-decoded-content-length');
  if (length !== undefined && Number(length) !== body.length) {
    return refused(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    );
  }
  if (/^[0-9a-f]{64}$/.test(declared) && declared !== createHash('sha256').update(body).digest('hex')) {
    return refused(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const md5 = header(request, 'content-md5');
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) {
    return refused('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const announced = header(request, 'x-amz-trailer')?.toLowerCase();
  if (announced !== undefined && trailer[announced] === undefined) {
    return refused('MalformedTrailerError', 'The request contained trailing data that was not well-formed.');
  }
  const checksums: Record<string, string> = {};
  for (const [name, value] of [...Object.entries(request.headers), ...Object.entries(trailer)]) {
    if (!isChecksumHeader(name) || typeof value !== 'string') continue;
    if (!checksumHolds(name, value, body)) {
      return refused(
        'BadDigest',
        `The ${name.slice('x-amz-checksum-'.length).toUpperCase()} you specified did not match the calculated checksum.`,
      );
    }
    checksums[name] = value;
  }
  return { kind: 'payload', body, checksums };
}

function refused(code: string, message: string): { readonly kind: 'refused'; readonly answer: Answer } {
  return { kind: 'refused', answer: s3Error(400, code, message) };
}

interface DecodedChunks {
  readonly body: Buffer;
  /** Names in lower case. */
  readonly trailer: Readonly<Record<string, string>>;
}

/**
 * The `aws-chunked` content encoding: `size[;chunk-signature=...] CRLF data CRLF ... 0 CRLF trailers CRLF`. The SDKs use it to
 * send a checksum after a stream. Chunk signatures are not checked. `undefined` when it is cut short or malformed.
 */
function decodeAwsChunks(encoded: Buffer): DecodedChunks | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = encoded.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = /^([0-9a-fA-F]{1,8})(?:;|$)/.exec(encoded.toString('latin1', at, lineEnd))?.[1];
    if (size === undefined) return undefined;
    const start = lineEnd + 2;
    const length = Number.parseInt(size, 16);
    if (length === 0)
      return { body: Buffer.concat(parts), trailer: readTrailer(encoded.toString('latin1', start)) };
    if (encoded.toString('latin1', start + length, start + length + 2) !== '\r\n') return undefined;
    parts.push(encoded.subarray(start, start + length));
    at = start + length + 2;
  }
}

function readTrailer(text: string): Readonly<Record<string, string>> {
  const trailer: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) trailer[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return trailer;
}
