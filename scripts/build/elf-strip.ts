/**
 * Drops what a running program never maps (symbol and debug sections) from a 64-bit little-endian ELF file, as
 * `strip --strip-all` does, so that a build needs no binutils for either architecture. Everything up to the end of the
 * last mapped segment is kept byte for byte; only the section table behind it is written anew (ELF-64 Object File Format,
 * "Section header"). Strip before injecting: postject's note lives in a segment of its own that a later strip would cut.
 */
export function stripElf(file: Buffer): Buffer {
  const header = readHeader(file);
  const sections = readSections(file, header);
  const kept = sections.filter((section) => section.type === SHT_NULL || (section.flags & SHF_ALLOC) !== 0);
  const mappedEnd = Math.max(
    ...kept.map((section) => (section.type === SHT_NOBITS ? 0 : section.offset + section.size)),
  );
  const segmentEnd = loadedEnd(file);
  const body = file.subarray(0, Math.max(mappedEnd, segmentEnd));
  return assemble(body, header, sections, kept);
}

const SHT_NULL = 0;
const SHT_STRTAB = 3;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;
const PT_LOAD = 1;
const SECTION_BYTES = 64;

interface Header {
  readonly sectionOffset: number;
  readonly sectionCount: number;
  readonly nameSection: number;
}

interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly bytes: Buffer;
}

function readHeader(file: Buffer): Header {
  const isElf64 = file.readUInt32BE(0) === 0x7f_45_4c_46 && file[4] === 2 && file[5] === 1;
  if (!isElf64) throw new Error('not a 64-bit little-endian ELF file');
  return {
    sectionOffset: Number(file.readBigUInt64LE(40)),
    sectionCount: file.readUInt16LE(60),
    nameSection: file.readUInt16LE(62),
  };
}

function readSections(file: Buffer, header: Header): Section[] {
  const raw = Array.from({ length: header.sectionCount }, (_, index) => {
    const start = header.sectionOffset + index * SECTION_BYTES;
    return file.subarray(start, start + SECTION_BYTES);
  });
  const names = raw[header.nameSection];
  if (!names) throw new Error('the ELF file has no section names');
  const namesAt = Number(names.readBigUInt64LE(24));
  return raw.map((bytes, index) => {
    const nameAt = namesAt + bytes.readUInt32LE(0);
    return {
      index,
      name: file.toString('latin1', nameAt, file.indexOf(0, nameAt)),
      type: bytes.readUInt32LE(4),
      flags: Number(bytes.readBigUInt64LE(8) & 0xff_ff_ff_ffn),
      offset: Number(bytes.readBigUInt64LE(24)),
      size: Number(bytes.readBigUInt64LE(32)),
      bytes,
    };
  });
}

function loadedEnd(file: Buffer): number {
  const programOffset = Number(file.readBigUInt64LE(32));
  const entryBytes = file.readUInt16LE(54);
  let end = 0;
  for (let index = 0; index < file.readUInt16LE(56); index += 1) {
    const entry = programOffset + index * entryBytes;
    if (file.readUInt32LE(entry) !== PT_LOAD) continue;
    end = Math.max(end, Number(file.readBigUInt64LE(entry + 8)) + Number(file.readBigUInt64LE(entry + 32)));
  }
  return end;
}

function assemble(
  body: Buffer,
  header: Header,
  sections: readonly Section[],
  kept: readonly Section[],
): Buffer {
  const names = Buffer.from(`\0${kept.map((section) => `${section.name}\0`).join('')}.shstrtab\0`, 'latin1');
  const newIndex = new Map(kept.map((section, index) => [section.index, index]));
  const table = kept.map((section) => {
    const bytes = Buffer.from(section.bytes);
    bytes.writeUInt32LE(section.name === '' ? 0 : names.indexOf(`\0${section.name}\0`, 0, 'latin1') + 1, 0);
    bytes.writeUInt32LE(newIndex.get(bytes.readUInt32LE(40)) ?? 0, 40);
    return bytes;
  });
  const namesHeader = Buffer.from(sections[header.nameSection]?.bytes ?? Buffer.alloc(SECTION_BYTES));
  namesHeader.writeUInt32LE(names.indexOf('\0.shstrtab\0', 0, 'latin1') + 1, 0);
  namesHeader.writeUInt32LE(SHT_STRTAB, 4);
  namesHeader.writeBigUInt64LE(BigInt(body.length), 24);
  namesHeader.writeBigUInt64LE(BigInt(names.length), 32);
  const padding = Buffer.alloc((8 - ((body.length + names.length) % 8)) % 8);
  const result = Buffer.concat([body, names, padding, ...table, namesHeader]);
  result.writeBigUInt64LE(BigInt(body.length + names.length + padding.length), 40);
  result.writeUInt16LE(table.length + 1, 60);
  result.writeUInt16LE(table.length, 62);
  return result;
}
