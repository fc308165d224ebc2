/** Of a hash (Berkeley DB, dbinc/db_page.h), in the byte order of the machine that wrote it. */
const MAGIC = 0x0006_1561;
const MAGIC_AT = 12;
const PAGE_SIZE_AT = 20;
const PAGE_HEADER = 26;
const NEXT_AT = 16;
/** On a page of a hash how many items there are; on one of overflow how many bytes. */
const ENTRIES_AT = 20;
const FREE_AT = 22;
const TYPE_AT = 25;
/** Of pages: items of a hash, unsorted (of old) and sorted; what was too large for one. */
const HASH_PAGES: ReadonlySet<number> = new Set([2, 13]);
const OVERFLOW_PAGE = 7;
/** Kinds of items on a page: the bytes themselves, or where they lie. */
const KEYDATA = 1;
const OFFPAGE = 3;
const OFFPAGE_BYTES = 12;

/**
 * The headers in a `Packages` of rpm's Berkeley DB, which Amazon Linux 2 and CentOS 7 use: a hash from numbers to headers, each of which is
 * mostly too large for a page and lies on a chain of others. Key 0 has the last number, no header.
 */
export function* bdbHeaders(file: Buffer): Generator<Buffer> {
  if (file.length < 512) return;
  const isBig = file.readUInt32BE(MAGIC_AT) === MAGIC;
  if (!isBig && file.readUInt32LE(MAGIC_AT) !== MAGIC) return;
  const u32 = (at: number): number => (isBig ? file.readUInt32BE(at) : file.readUInt32LE(at));
  const u16 = (at: number): number => (isBig ? file.readUInt16BE(at) : file.readUInt16LE(at));
  const size = u32(PAGE_SIZE_AT);
  if (size < 512 || size > 65_536) return;
  const pages = Math.floor(file.length / size);
  for (let page = 1; page < pages; page += 1) {
    const from = page * size;
    if (!HASH_PAGES.has(file.readUInt8(from + TYPE_AT))) continue;
    const places = Array.from({ length: Math.min(u16(from + ENTRIES_AT), size / 2) }, (_, index) =>
      u16(from + PAGE_HEADER + index * 2),
    );
    // Key and value by turns, from the end of the page to its front: an item reaches to the one before it.
    for (let index = 1; index < places.length; index += 2) {
      const at = from + (places[index] ?? 0);
      const end = from + (places[index - 1] ?? 0);
      if (at < from + PAGE_HEADER || at >= end || end > from + size) continue;
      const type = file.readUInt8(at);
      if (type === KEYDATA && end - at > 8) yield file.subarray(at + 1, end);
      if (type === OFFPAGE && end - at >= OFFPAGE_BYTES) yield* overflow(u32(at + 4), u32(at + 8));
    }
  }

  function* overflow(first: number, length: number): Generator<Buffer> {
    const parts: Buffer[] = [];
    let rest = length;
    // A chain that is damaged may lead in a circle.
    for (let page = first, steps = 0; page > 0 && page < pages && rest > 0 && steps < pages; steps += 1) {
      const from = page * size;
      if (file.readUInt8(from + TYPE_AT) !== OVERFLOW_PAGE) return;
      const bytes = Math.min(u16(from + FREE_AT), size - PAGE_HEADER, rest);
      parts.push(file.subarray(from + PAGE_HEADER, from + PAGE_HEADER + bytes));
      rest -= bytes;
      page = u32(from + NEXT_AT);
    }
    if (rest === 0) yield Buffer.concat(parts);
  }
}
