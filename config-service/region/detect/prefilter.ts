import { BASE64_NEEDLES } from './base64-run.ts';
import { REGION_OF_ID } from './known-ids.ts';
import { REGION_OF_SHORT_CODE } from '../tables/short-codes.ts';
import { GROUP_BYTES, startGroups, TABLE_BYTES, type Groups } from './prefilter-module.ts';

/** A part of a buffer that may name a region; between two of them there is nothing to find. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * What the detector starts from (`anchors.ts`, `known-ids.ts`), in lower case. A compass point counts with what may
 * follow it, a short code with the dot or hyphen behind it. In base64 capitals are other letters.
 */
const NEEDLES = [
  ...['east', 'west', 'north', 'south', 'central'].flatMap((point) =>
    Array.from('-_%\\&0123456789ux#', (after) => point + after),
  ),
  'amazonaws',
  'lasticbean',
  '.internal',
  ...Array.from(REGION_OF_SHORT_CODE.keys()).flatMap((code) => [`${code}.`, `${code}-`]),
  ...Array.from(REGION_OF_ID.keys(), (id) => id.toLowerCase()),
];

/** Sets bit 5 of all four: letters lose their case, digits and punctuation that we look for keep their meaning. */
const FOLD = 0x20202020;
/** Knuth's multiplier, from the golden ratio. */
const MULTIPLIER = 0x9e3779b1;
/** 16 KB of bits stay in the processor's first cache, and one in two hundred is set. */
const HASH_BITS = 17;

/**
 * The last four characters of every needle, and the four that end one before: one of the two starts at an even offset,
 * wherever the whole stands, so that looking at every second offset is enough. Filled when first searched: a command that scans
 * nothing shall not pay 5 ms for it.
 */
const ENDINGS = new Map<number, readonly Ending[]>();
const ENDING_BITS = new Int32Array(1 << (HASH_BITS - 5));

const HYPHEN = 0x2d;
/** Multi-region KMS keys have 32 digits, other ids 8 or 17. */
const LONGEST_ID = 32;
/** Filled when first searched word by word: 3 ms. */
const HEX_PAIRS = new Uint8Array(1 << 16);

/** The detector reads lines; where one has no end, this much to either side of an anchor is more than it looks at. */
const REACH = 1 << 17;
/** Searching a text of its own costs about as much as searching this much more text. */
const GAP = 1 << 10;

/**
 * Where in `bytes[from, to)` the detector could find anything. Reads three times as fast as the detector, and most of a
 * disk holds nothing. `findEndpoints` over the stretches gives what it gives over the whole; a test holds both together.
 * `bytes` must start at a multiple of four of its memory, which must reach to the next multiple behind `to`.
 */
export function stretchesOf(bytes: Uint8Array, from: number, to: number): readonly Stretch[] {
  const stretches: { from: number; to: number }[] = [];
  let last = { from, to: from - GAP };
  for (const at of candidatesIn(bytes, from, to).toSorted((a, b) => a - b)) {
    const end = lineEnd(bytes, Math.max(at, last.to), Math.min(to, at + REACH));
    const start = lineStart(bytes, at, Math.max(from, at - REACH, last.to));
    if (start < last.to + GAP && stretches.length > 0) {
      last.to = Math.max(last.to, end);
    } else {
      last = { from: start, to: end };
      stretches.push(last);
    }
  }
  return stretches;
}

function candidatesIn(bytes: Uint8Array, from: number, to: number): number[] {
  if (ENDINGS.size === 0) fillEndings();
  const found: number[] = [];
  if (to - from < FEWEST_BYTES || !searchGroups(bytes, from, to, found)) searchWords(bytes, from, to, found);
  return found;
}

function searchWords(bytes: Uint8Array, from: number, to: number, found: number[]): void {
  if (HEX_PAIRS[TWO_ZEROS] === 0) fillHexPairs();
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, Math.ceil(to / 4));
  for (let index = nextHit(words, from >> 2); index < words.length; index = nextHit(words, index + 1)) {
    examine(bytes, index * 4, from, to, found);
  }
}

/** To copy and call is not worth it below. */
const FEWEST_BYTES = 1 << 12;

/** The same by groups of 16 bytes, several times as fast. False where this processor, or this system, cannot. */
function searchGroups(bytes: Uint8Array, from: number, to: number, found: number[]): boolean {
  engine ??= startEngine();
  if (engine === null) return false;
  const { memory } = engine;
  const first = from & ~(GROUP_BYTES - 1);
  const length = to - first;
  const text = TABLE_BYTES;
  const out = text + ((length + 3 * GROUP_BYTES) & ~(GROUP_BYTES - 1));
  const missing = out + length / 4 + GROUP_BYTES - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  const copy = new Uint8Array(memory.buffer);
  copy.set(bytes.subarray(first, to), text);
  // What stood there before would be read with the last group.
  copy.fill(0, text + length, text + length + 2 * GROUP_BYTES);
  const groups = new Int32Array(memory.buffer, out, engine.groups(text, text + length, out));
  for (const group of groups) {
    const at = (group & -2) - text + first;
    if ((group & 1) === 1) examineIds(bytes, at, from, to, found);
    examineNeedles(bytes, at, from, found);
  }
  return true;
}

function examineIds(bytes: Uint8Array, at: number, from: number, to: number, found: number[]): void {
  for (let index = Math.max(from, at); index < at + GROUP_BYTES; index++) {
    if (bytes[index] === HYPHEN && isIdBehind(bytes, index, to)) found.push(index);
  }
}

function examineNeedles(bytes: Uint8Array, at: number, from: number, found: number[]): void {
  for (let end = at; end < at + GROUP_BYTES; end += 2) {
    const needle = needleAt(bytes, end);
    if (needle >= from) found.push(needle);
  }
}

/** Whether the digits behind a hyphen are as many as an id's. */
function isIdBehind(bytes: Uint8Array, hyphen: number, to: number): boolean {
  let end = hyphen + 1;
  while (end < to && end - hyphen <= LONGEST_ID + 1 && isHexDigit(bytes[end] ?? 0)) end++;
  const length = end - hyphen - 1;
  return length === 8 || length === 17 || length === LONGEST_ID;
}

/** WebAssembly's own. */
const PAGE = 1 << 16;

/** Compiled when first searched. Null: there is none here, and the words are gone through one by one. */
let engine: Groups | null | undefined;

function startEngine(): Groups | null {
  const started = startGroups(MULTIPLIER, HASH_BITS, FOLD);
  if (started !== undefined) new Int32Array(started.memory.buffer).set(ENDING_BITS);
  return started ?? null;
}

/**
 * The next word that may matter, the last one always: one of the two runs of four that start in it may end a needle, or it
 * is four hexadecimal digits, which eight in a row are somewhere. All of the sieve's time is spent here, hence no branch
 * for each question. A function of its own, that V8 compiles whole: a loop of thousands of turns in a function of few
 * calls falls back to the interpreter at the end of every one.
 */
function nextHit(words: Int32Array, from: number): number {
  let word = words[from] ?? 0;
  let folded = word | FOLD;
  let index = from;
  while (index + 1 < words.length) {
    const next = words[index + 1] ?? 0;
    const nextFolded = next | FOLD;
    const mayEnd = endingBit(folded) | endingBit((folded >>> 16) | (nextFolded << 16));
    const allHex = hexBit(word) & hexBit(word >>> 16);
    if ((mayEnd | allHex) !== 0) {
      const isLong = (hexBit(next) | hexBit((words[Math.max(0, index - 1)] ?? 0) >>> 16)) !== 0;
      if (mayEnd !== 0 || isLong) return index;
    }
    word = next;
    folded = nextFolded;
    index++;
  }
  return index;
}

/** 1 if four characters, folded, may be an ending of a needle. */
function endingBit(key: number): number {
  const hash = Math.imul(key, MULTIPLIER) >>> (32 - HASH_BITS);
  return ((ENDING_BITS[hash >> 5] ?? 0) >>> hash) & 1;
}

/** 1 if the lower two characters are hexadecimal digits. */
function hexBit(word: number): number {
  return HEX_PAIRS[word & 0xffff] ?? 0;
}

function examine(bytes: Uint8Array, at: number, from: number, to: number, found: number[]): void {
  const id = idAt(bytes, at, from, to);
  if (id >= from) found.push(id);
  for (let end = at; end <= at + 2; end += 2) {
    const needle = needleAt(bytes, end);
    if (needle >= from) found.push(needle);
  }
}

/** Where the needle starts of which an ending stands at `at`; -1 for none. */
function needleAt(bytes: Uint8Array, at: number): number {
  const key = keyOf(bytes, at) | FOLD;
  const endings = endingBit(key) === 0 ? undefined : ENDINGS.get(key);
  if (endings === undefined) return -1;
  for (const { needle, fold, offset } of endings) {
    if (at >= offset && stands(bytes, at - offset, needle, fold)) return at - offset;
  }
  return -1;
}

function stands(bytes: Uint8Array, at: number, needle: Uint8Array, fold: number): boolean {
  for (let index = 0; index < needle.length; index++) {
    if (((bytes[at + index] ?? 0) | fold) !== needle[index]) return false;
  }
  return true;
}

/** For a run that fills the four bytes at `at`: where the `-` stands before a run of digits as long as an id's; -1 for none. */
function idAt(bytes: Uint8Array, at: number, from: number, to: number): number {
  let start = at;
  while (start > from && at - start <= LONGEST_ID && isHexDigit(bytes[start - 1] ?? 0)) start--;
  if (bytes[start - 1] !== HYPHEN) return -1;
  let end = at;
  // Behind `to` lies whatever the buffer held before.
  while (end < to && end - start <= LONGEST_ID && isHexDigit(bytes[end] ?? 0)) end++;
  const length = end - start;
  return length === 8 || length === 17 || length === LONGEST_ID ? start - 1 : -1;
}

function lineStart(bytes: Uint8Array, at: number, floor: number): number {
  let start = at;
  while (start > floor && !endsLine(bytes[start - 1] ?? 0)) start--;
  return start;
}

function lineEnd(bytes: Uint8Array, at: number, ceiling: number): number {
  let end = at;
  while (end < ceiling && !endsLine(bytes[end] ?? 0)) end++;
  return end;
}

/** As the detector sees it: in a binary, control characters separate one string from the next. */
export function endsLine(byte: number): boolean {
  return byte < 0x20 && byte !== 0x09;
}

interface Ending {
  readonly needle: Uint8Array;
  /** What the text's characters are folded with to be compared: 0x20, or 0 where case counts. */
  readonly fold: number;
  /** Where in the needle the four characters stand. */
  readonly offset: number;
}

function fillEndings(): void {
  const needles = [
    ...NEEDLES.map((text) => ({ text, fold: 0x20 })),
    ...BASE64_NEEDLES.map((text) => ({ text, fold: 0 })),
  ];
  for (const { text, fold } of needles) {
    const needle = Uint8Array.from(text, (character) => character.charCodeAt(0) | fold);
    for (const offset of [needle.length - 4, needle.length - 5]) {
      const key = keyOf(needle, offset) | FOLD;
      ENDINGS.set(key, [...(ENDINGS.get(key) ?? []), { needle, fold, offset }]);
      const hash = Math.imul(key, MULTIPLIER) >>> (32 - HASH_BITS);
      ENDING_BITS[hash >> 5] = (ENDING_BITS[hash >> 5] ?? 0) | (1 << hash);
    }
  }
}

/** Four characters as a little-endian word. */
function keyOf(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** `00`: a pair of digits, so 0 in the table until it is filled. */
const TWO_ZEROS = 0x3030;

function fillHexPairs(): void {
  for (let pair = 0; pair < HEX_PAIRS.length; pair++) {
    HEX_PAIRS[pair] = isHexDigit(pair & 0xff) && isHexDigit(pair >> 8) ? 1 : 0;
  }
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}
