import {
  addressFindings,
  endsLine,
  findEndpoints,
  regionFacts,
  stretchesOf,
  UNKNOWN_REGION,
  type Finding,
  type RegionOfAddress,
} from '#config-service';
import { LIMITS } from '../bytes/limits.ts';
import { mayHoldAddress } from './address-prefilter.ts';
import { isAllowed } from './allow-comment.ts';
import { countCharacters, countNewlines } from './newlines.ts';

/** One finding with its place, before anyone asked whether it matters. */
export interface Sighting extends Pick<Finding, 'region' | 'kind' | 'severity'> {
  /** The host, ARN or word that names the region, shortened. */
  readonly text: string;
  /** Just the part that names the region, and where in `text` it stands. */
  readonly name: string;
  readonly nameAt: number;
  /** Both from 1, of `text`. Columns count characters of UTF-8. */
  readonly line: number;
  readonly column: number;
  /** Bytes from the beginning to `name`. */
  readonly offset: number;
  /** A `landfall:allow` comment excuses it. */
  readonly allowed: boolean;
  /** What stands on its line to either side, a little of it. */
  readonly before: string;
  readonly after: string;
}

/**
 * Finds endpoints in a stream of bytes of any length. Fill `room()`, say how much with `filled`, and `end` when there is
 * no more; then it starts anew. The memory it needs is its one buffer.
 */
export interface TextScanner {
  room(): Uint8Array;
  filled(length: number): void;
  end(): void;
}

/** Long enough that the borders cost nothing, short enough for the processor's cache. */
const CHUNK = 1 << 18;
/** More than the detector looks at to either side of a name, and longer than a run of base64 that it decodes. */
const MARGIN = 1 << 17;
const NEWLINE = 0x0a;

export interface TextScannerOptions {
  /** The test's: how many bytes are searched at a time, at least. */
  readonly chunk?: number;
  readonly margin?: number;
  readonly regionOf?: RegionOfAddress | undefined;
}

export function createTextScanner(
  found: (sighting: Sighting) => void,
  { chunk = CHUNK, margin = MARGIN, regionOf }: TextScannerOptions = {},
): TextScanner {
  const bytes = Buffer.allocUnsafeSlow(Math.ceil((chunk + 2 * margin) / 4) * 4);
  const words = new Uint32Array(bytes.buffer);
  let used = 0;
  /** What starts before has been reported. */
  let owned = 0;
  /** Where the text to search begins: at `owned`, or before it within a long line. */
  let context = 0;
  /** What was dropped from the front of the buffer: bytes, line ends, and characters since the last of them. */
  let gone = { bytes: 0, lines: 0, characters: 0 };

  return {
    room: () => bytes.subarray(used),
    filled: (length) => {
      used += length;
      if (used === bytes.length) searchChunk();
    },
    end: () => {
      search(used, used);
      searchAddresses();
      used = owned = context = 0;
      gone = { bytes: 0, lines: 0, characters: 0 };
    },
  };

  /**
   * Lines are judged one by one, so behind the end of a line is the place to cut. Within a line too long for that, names
   * near the border are searched twice, with what surrounds them on both sides, and reported once.
   */
  function searchChunk(): void {
    let cut = used;
    while (cut > used - margin && !endsLine(bytes[cut - 1] ?? 0)) cut--;
    if (cut > used - margin) {
      search(cut, cut);
      // What stands before may hold a comment about what follows.
      drop(Math.max(0, cut - LIMITS.comment), cut, cut);
    } else {
      search(cut, used);
      drop(cut - margin, cut, cut - margin);
    }
  }

  function drop(keepFrom: number, nextOwned: number, nextContext: number): void {
    const lineStart = keepFrom === 0 ? 0 : bytes.lastIndexOf(NEWLINE, keepFrom - 1) + 1;
    gone = {
      bytes: gone.bytes + keepFrom,
      lines: gone.lines + countNewlines(words, keepFrom),
      characters: countCharacters(bytes, lineStart, keepFrom) + (lineStart === 0 ? gone.characters : 0),
    };
    bytes.copyWithin(0, keepFrom, used);
    used -= keepFrom;
    owned = nextOwned - keepFrom;
    context = nextContext - keepFrom;
  }

  function search(cut: number, to: number): void {
    let place: Place = { at: 0, lines: gone.lines, characters: gone.characters };
    for (const stretch of stretchesOf(bytes, context, to)) {
      const text = bytes.toString('latin1', stretch.from, stretch.to);
      for (const finding of findEndpoints(text, { as: 'file' })) {
        const at = stretch.from + finding.start;
        if (at < owned || at >= cut) continue;
        place = placeAt(bytes, place, at);
        found(sightingOf(finding, text, to, place));
      }
    }
  }

  /** In what is read at once and is text: settings are, and in logs and programs four numbers are seldom a host. */
  function searchAddresses(): void {
    if (gone.bytes > 0 || bytes.subarray(0, used).includes(0) || !mayHoldAddress(bytes, words, used)) return;
    const text = bytes.toString('latin1', 0, used);
    let place: Place = { at: 0, lines: 0, characters: 0 };
    for (const finding of addressFindings(text, { regionOf })) {
      place = placeAt(bytes, place, finding.start);
      found(sightingOf(finding, text, used, place));
    }
  }

  /** Copies the strings: a part of `text` would keep all of it in memory. */
  function sightingOf(
    finding: Finding,
    text: string,
    to: number,
    { at, lines, characters }: Place,
  ): Sighting {
    const { kind, severity } = finding;
    const excerpt = excerptOf(text, finding);
    const start = at - (finding.start - excerpt.start);
    const name = bytes.toString('utf8', at, at + (finding.end - finding.start));
    const region = finding.region && (regionFacts(finding.region)?.region ?? finding.region);
    return {
      region,
      kind,
      severity,
      text: bytes.toString('utf8', start, start + (excerpt.end - excerpt.start)),
      name,
      nameAt: at - start,
      line: lines + 1,
      column: characters - countCharacters(bytes, start, at) + 1,
      offset: gone.bytes + at,
      allowed: isAllowed(bytes, to, at, severity === 'unknown' ? UNKNOWN_REGION : (region ?? name)),
      before: lineBefore(text, excerpt.start),
      after: lineAfter(text, excerpt.end),
    };
  }
}

/** Characters of the line: enough to tell an entry of a table from a setting. */
const LINE_BEFORE = 64;
const LINE_AFTER = 32;

function lineBefore(text: string, start: number): string {
  let from = start;
  while (from > 0 && start - from < LINE_BEFORE && !endsLine(text.charCodeAt(from - 1))) from--;
  return copied(text, from, start);
}

function lineAfter(text: string, end: number): string {
  let to = end;
  while (to < text.length && to - end < LINE_AFTER && !endsLine(text.charCodeAt(to))) to++;
  return copied(text, end, to);
}

/** A part of `text` would keep all of it in memory. */
function copied(text: string, from: number, to: number): string {
  return from === to ? '' : Buffer.from(text.slice(from, to), 'latin1').toString('latin1');
}

/** Counted on from the place before, so that a line of a million names is not counted a million times. */
interface Place {
  readonly at: number;
  /** Line ends before it, and characters since the last of them. */
  readonly lines: number;
  readonly characters: number;
}

function placeAt(bytes: Uint8Array, place: Place, at: number): Place {
  let { lines, characters } = place;
  for (let index = place.at; index < at; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === NEWLINE) {
      lines++;
      characters = 0;
    } else if ((byte & 0xc0) !== 0x80) characters++;
  }
  return { at, lines, characters };
}

/**
 * The host, ARN or word around the name of a region, as a range of `text`. Only characters that cannot carry the
 * password of a URL along.
 */
function excerptOf(text: string, finding: Finding): { start: number; end: number } {
  const { start, end, kind } = finding;
  if (kind.startsWith('base64:')) return { start, end: Math.min(end, start + LIMITS.text) };
  const part = kind === 'arn' ? /[\w.:/-]/ : /[\w.-]/;
  let from = start;
  let to = end;
  while (from > 0 && start - from < LIMITS.text / 2 && part.test(text.charAt(from - 1))) from--;
  while (to < text.length && to - from < LIMITS.text && part.test(text.charAt(to))) to++;
  // A full stop ends a sentence more often than a name.
  while (to > end && /[.:/-]/.test(text.charAt(to - 1))) to--;
  while (from < start && /[.:/-]/.test(text.charAt(from))) from++;
  return { start: from, end: to };
}
