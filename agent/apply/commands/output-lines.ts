/** Bytes of one line before it is split. */
export const MAX_LINE_BYTES = 16 * 1024;

/** Ends every piece of a split line but its last. */
export const CONTINUED = ' [continued]';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface OutputLines {
  push(chunk: Uint8Array): void;
  /** Hands on what has no line feed at its end. */
  end(): void;
}

/**
 * Bytes to lines, in memory that does not grow: a line over `MAX_LINE_BYTES` is handed on in pieces, cut between
 * characters. What is no UTF-8 becomes U+FFFD. A line feed ends a line, a carriage return before it belongs to it.
 */
export function createOutputLines(onLine: (line: string) => void): OutputLines {
  const held = new Uint8Array(MAX_LINE_BYTES);
  let length = 0;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const flush = (): void => {
    const end = held[length - 1] === CARRIAGE_RETURN ? length - 1 : length;
    onLine(decoder.decode(held.subarray(0, end)));
    length = 0;
  };
  const split = (): void => {
    const cut = characterEnd(held);
    onLine(decoder.decode(held.subarray(0, cut)) + CONTINUED);
    held.copyWithin(0, cut);
    length = MAX_LINE_BYTES - cut;
  };
  const hold = (bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length;) {
      if (length === MAX_LINE_BYTES) split();
      const piece = bytes.subarray(from, from + MAX_LINE_BYTES - length);
      held.set(piece, length);
      length += piece.length;
      from += piece.length;
    }
  };
  return {
    push: (chunk) => {
      let from = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
        hold(chunk.subarray(from, end));
        flush();
        from = end + 1;
      }
      hold(chunk.subarray(from));
    },
    end: () => {
      if (length > 0) flush();
    },
  };
}

/** Where the last character that is whole ends: at most three bytes of one may be missing. */
function characterEnd(bytes: Uint8Array): number {
  for (let start = bytes.length - 1; start >= bytes.length - 4; start -= 1) {
    const byte = bytes[start] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return start + size > bytes.length ? start : bytes.length;
  }
  return bytes.length;
}
