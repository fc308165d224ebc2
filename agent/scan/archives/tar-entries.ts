import { Damaged } from '../bytes/damage.ts';
import { LIMITS } from '../bytes/limits.ts';
import type { PieceReader, Pieces } from '../bytes/pieces.ts';

export interface TarEntry {
  readonly name: string;
  /** Where a link points to; undefined for a file. */
  readonly link: string | undefined;
  readonly content: Pieces;
}

const BLOCK = 512;

/**
 * The files and links of a tar, in order: POSIX ustar and pax, GNU long names, and what was there before them. What of an
 * entry's content was not read is passed over. @throws Damaged
 */
export async function* tarEntries(reader: PieceReader): AsyncGenerator<TarEntry> {
  let long: { name?: string; link?: string; size?: number } = {};
  for (;;) {
    const start = await reader.peek(BLOCK);
    // Two empty blocks end an archive, but many writers leave them out.
    if (start.length < BLOCK || start[0] === 0) return;
    const header = headerOf(await reader.take(BLOCK));
    const size = long.size ?? header.size;
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if ('xLK'.includes(header.type)) {
      if (size > LIMITS.tarRecordBytes) throw new Damaged('a name in the tar is too long');
      const record = (await reader.take(size + padding)).subarray(0, size);
      if (header.type === 'x') long = { ...long, ...paxOf(record) };
      else long = { ...long, [header.type === 'L' ? 'name' : 'link']: textUntilZero(record) };
      continue;
    }
    const end = reader.position + size + padding;
    const content = reader.stream(size);
    const name = long.name ?? header.name;
    if (header.type === '2') yield { name, link: long.link ?? header.link, content: [] };
    else if ('0\0 7S'.includes(header.type)) yield { name, link: undefined, content };
    // Also waits for a read that a reader who gave up left behind.
    await content.return(undefined);
    await reader.skip(end - reader.position);
    long = {};
  }
}

interface TarHeader {
  readonly name: string;
  readonly link: string;
  readonly type: string;
  readonly size: number;
}

function headerOf(block: Buffer): TarHeader {
  const name = textUntilZero(block.subarray(0, 100));
  const isUstar = block.toString('latin1', 257, 262) === 'ustar';
  const prefix = isUstar && block[263] === 0x30 ? textUntilZero(block.subarray(345, 500)) : '';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    link: textUntilZero(block.subarray(157, 257)),
    type: String.fromCharCode(block[156] ?? 0),
    size: sizeOf(block.subarray(124, 136)),
  };
}

/** Octal digits, or with the top bit set a big-endian number, as GNU writes files of 8 GiB and more. */
function sizeOf(field: Buffer): number {
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0;
  const size = isBinary ? field.readUIntBE(6, 6) : Number.parseInt(textUntilZero(field).trim() || '0', 8);
  if (!Number.isSafeInteger(size)) throw new Damaged('a size in the tar is no number');
  return size;
}

/** `24 path=etc/app.conf\n`: a length that counts itself, a key, a value. */
function paxOf(record: Buffer): { name?: string; link?: string; size?: number } {
  const found: { name?: string; link?: string; size?: number } = {};
  for (let at = 0; at < record.length;) {
    const length = Number.parseInt(record.toString('latin1', at, at + 20), 10);
    if (!(length > 4)) return found;
    const line = record.toString('utf8', record.indexOf(0x20, at) + 1, at + length - 1);
    const equals = line.indexOf('=');
    const value = line.slice(equals + 1);
    if (line.startsWith('path=')) found.name = value;
    if (line.startsWith('linkpath=')) found.link = value;
    if (line.startsWith('size=') && /^\d+$/.test(value)) found.size = Number(value);
    at += length;
  }
  return found;
}

function textUntilZero(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}
