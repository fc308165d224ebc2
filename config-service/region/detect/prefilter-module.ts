/** Where the module finds what it reads, in bytes. Behind the text it writes what it found. */
export const TABLE_BYTES = 1 << 14;
export const GROUP_BYTES = 16;

export interface Groups {
  /**
   * The groups of 16 bytes in [start, end) that may matter, as addresses from `out` on, and how many; an address is odd where
   * an id may begin. Reads one group further.
   * What counts is said in `prefilter.ts`; this says so of a whole group at once, and never less.
   */
  readonly groups: (start: number, end: number, out: number) => number;
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
}

interface WasmEngine {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** Undefined where there is no WebAssembly, or none with vectors. */
export function startGroups(multiplier: number, hashBits: number, fold: number): Groups | undefined {
  // Types of Node have no value of this name.
  const { WebAssembly: engine } = globalThis as unknown as { readonly WebAssembly?: WasmEngine };
  try {
    if (engine === undefined) return undefined;
    return new engine.Instance(new engine.Module(groupsModule(multiplier, hashBits, fold))).exports as Groups;
  } catch {
    return undefined;
  }
}

/** What `prefilter.ts` looks up: where V8 takes ten cycles for a word, this takes two. */
function groupsModule(multiplier: number, hashBits: number, fold: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...MAGIC,
    // One type: three numbers to one.
    ...section(1, [1, 0x60, 3, I32, I32, I32, 1, I32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('groups'), 0, 0]),
    ...section(10, [1, ...sized(body(multiplier, hashBits, fold))]),
  ]);
}

/** `\0asm`, version 1. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;

/** Parameters and locals, by their numbers. */
const AT = 0;
const END = 1;
const OUT = 2;
const NEXT_OUT = 3;
const HERE = 4;
const BEHIND = 5;
const MAY_MATTER = 6;
const HASH = 7;
const HAS_ID = 8;
const RUNS = 9;
const BYTES = 10;

/** The instructions of WebAssembly's binary format (W3C, "WebAssembly Core Specification", 5.4). */
const op = {
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  tee: (local: number) => [0x22, local],
  int: (value: number) => [0x41, ...signed(value | 0)],
  long: (value: number) => [0x42, ...signed(value)],
  load: (offset: number) => [0x28, 0, ...unsigned(offset)],
  store: [0x36, 2, 0],
  add: [0x6a],
  subtract: [0x6b],
  multiply: [0x6c],
  and: [0x71],
  or: [0x72],
  shiftLeft: [0x74],
  shiftRight: [0x76],
  isLess: [0x49],
  isUnequal: [0x47],
  toLong: [0xad],
  toInt: [0xa7],
  longShiftLeft: [0x86],
  longShiftRight: [0x88],
  longAnd: [0x83],
  longOr: [0x84],
  load16: (offset: number) => [0xfd, 0x00, 0, ...unsigned(offset)],
  fill16: [0xfd, 0x0f],
  subtract16: [0xfd, 0x71],
  isLess16: [0xfd, 0x26],
  isEqual16: [0xfd, 0x23],
  or16: [0xfd, 0x50],
  bits16: [0xfd, 0x64],
  loop: [0x03, 0x40],
  when: [0x04, 0x40],
  again: [0x0d, 0],
  end: [0x0b],
} as const;

function code(...instructions: readonly (readonly number[])[]): number[] {
  return instructions.flat();
}

function body(multiplier: number, hashBits: number, fold: number): number[] {
  const evens = [0, 2, 4, 6, 8, 10, 12, 14];
  return [
    // Locals: six numbers, a long one, a vector.
    3,
    6,
    I32,
    1,
    I64,
    1,
    V128,
    ...code(op.get(OUT), op.set(NEXT_OUT)),
    ...code(hexDigits(0), op.set(HERE)),
    ...op.loop,
    ...code(op.int(0), op.set(MAY_MATTER)),
    ...evens.flatMap((offset) => endingAt(offset, multiplier, hashBits, fold)),
    ...code(op.get(MAY_MATTER), op.int(1), op.and, op.set(MAY_MATTER)),
    ...code(hexDigits(GROUP_BYTES), op.set(BEHIND)),
    ...code(idInGroup(), op.int(0), op.isUnequal, op.tee(HAS_ID)),
    ...code(op.get(MAY_MATTER), op.or, op.when),
    ...code(op.get(NEXT_OUT), op.get(AT), op.get(HAS_ID), op.or, op.store),
    ...code(op.get(NEXT_OUT), op.int(4), op.add, op.set(NEXT_OUT)),
    ...op.end,
    ...code(op.get(BEHIND), op.set(HERE)),
    ...code(op.get(AT), op.int(GROUP_BYTES), op.add, op.tee(AT)),
    ...code(op.get(END), op.isLess, op.again),
    ...op.end,
    ...code(op.get(NEXT_OUT), op.get(OUT), op.subtract, op.int(2), op.shiftRight),
    ...op.end,
  ];
}

/** Adds the bit of the four characters at `offset` to what may matter; only the lowest bit of that says something. */
function endingAt(offset: number, multiplier: number, hashBits: number, fold: number): number[] {
  return [
    ...code(op.get(AT), op.load(offset), op.int(fold), op.or),
    ...code(op.int(multiplier), op.multiply, op.int(32 - hashBits), op.shiftRight, op.tee(HASH)),
    // The word of the table that holds the bit; a shift counts by the lowest five bits.
    ...code(op.int(3), op.shiftRight, op.int(TABLE_BYTES - 4), op.and, op.load(0)),
    ...code(op.get(HASH), op.shiftRight, op.get(MAY_MATTER), op.or, op.set(MAY_MATTER)),
  ];
}

/** A bit for each of 16 bytes: `0` to `9` and `a` to `f`. */
function hexDigits(offset: number): number[] {
  return [
    ...code(op.get(AT), op.load16(offset), op.tee(BYTES)),
    ...code(op.int(0x30), op.fill16, op.subtract16, op.int(10), op.fill16, op.isLess16),
    ...code(op.get(BYTES), op.int(0x61), op.fill16, op.subtract16),
    ...code(op.int(6), op.fill16, op.isLess16, op.or16, op.bits16),
  ];
}

/** Whether a hyphen stands in the group, and eight hexadecimal digits behind it. */
function idInGroup(): number[] {
  return [
    ...code(op.get(HERE), op.toLong),
    ...code(op.get(BEHIND), op.toLong, op.long(16), op.longShiftLeft, op.longOr),
    // In a row: two, four, eight.
    ...[1, 2, 4].flatMap((step) =>
      code(op.tee(RUNS), op.get(RUNS), op.long(step), op.longShiftRight, op.longAnd),
    ),
    ...code(op.long(1), op.longShiftRight, op.toInt),
    ...code(op.get(AT), op.load16(0), op.int(0x2d), op.fill16, op.isEqual16, op.bits16, op.and),
  ];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return sized(Array.from(text, (character) => character.charCodeAt(0)));
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return [...bytes, left];
    bytes.push((left & 0x7f) | 0x80);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left >>= 7) {
    const isLast = (left >> 6 === 0 || left >> 6 === -1) && left >= -0x40 && left < 0x40;
    if (isLast) return [...bytes, left & 0x7f];
    bytes.push((left & 0x7f) | 0x80);
  }
}
