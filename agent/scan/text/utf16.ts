import type { Pieces } from '../bytes/pieces.ts';

/**
 * The same text as UTF-8, which is what gets searched; a mark at its beginning is gone. Half a character at the end of a
 * piece waits for the next.
 */
export async function* utf8Of(pieces: Pieces, encoding: 'utf-16le' | 'utf-16be'): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of pieces) yield Buffer.from(decoder.decode(piece, { stream: true }));
  yield Buffer.from(decoder.decode());
}
