export interface DecodedChunks {
  readonly body: Buffer;
  /** Names in lower case. */
  readonly trailer: Readonly<Record<string, string>>;
}

/**
 * The `aws-chunked` content encoding: `size[;chunk-signature=...] CRLF data CRLF ... 0 CRLF trailers CRLF`. The SDKs use it to
 * send a checksum after a stream. Chunk signatures are not checked. `undefined` when it is cut short or malformed.
 */
export function decodeAwsChunks(encoded: Buffer): DecodedChunks | undefined {
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
