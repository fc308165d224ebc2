/** "RpmP", "Slot" and "BlbS", little-endian. */
const MAGIC = 0x506d7052;
const SLOT = 0x746f6c53;
const BLOB = 0x53626c42;
const PAGE = 4096;
const SLOT_BYTES = 16;
/** The header of the file takes the place of two slots. */
const FIRST_SLOT = 2;
/** Offsets count blocks of this many bytes. */
const BLOCK = 16;

/**
 * The headers in a `Packages.db` of rpm's "ndb", which SUSE uses (rpm, lib/backend/ndb/rpmpkg.c): pages of slots, each of
 * which says where the blob of one package lies.
 */
export function* ndbHeaders(file: Buffer): Generator<Buffer> {
  if (file.length < PAGE || file.readUInt32LE(0) !== MAGIC) return;
  const slots = (file.readUInt32LE(12) * PAGE) / SLOT_BYTES;
  for (let slot = FIRST_SLOT; slot < slots; slot++) {
    const at = slot * SLOT_BYTES;
    if (at + SLOT_BYTES > file.length) return;
    const index = file.readUInt32LE(at + 4);
    if (file.readUInt32LE(at) !== SLOT || index === 0) continue;
    const start = file.readUInt32LE(at + 8) * BLOCK;
    if (start + SLOT_BYTES > file.length) continue;
    if (file.readUInt32LE(start) !== BLOB || file.readUInt32LE(start + 4) !== index) continue;
    const length = file.readUInt32LE(start + 12);
    yield file.subarray(start + SLOT_BYTES, start + SLOT_BYTES + length);
  }
}
