import { TextDecoder } from 'node:util';

/**
 * How the bytes of a file become text. Lines are found in the bytes and decoded whole, so that no decoder ever holds
 * half a character and every position is a position in the file.
 */
export interface Encoding {
  readonly label: string;
  /** Bytes of one code unit; a file in UTF-16 has its newline in two, at even positions. */
  readonly unit: 1 | 2;
  /** Whether a byte below 0x80 is that character of ASCII, so that text of only such bytes needs no decoder. */
  readonly extendsAscii: boolean;
  readonly isUtf8: boolean;
  /** Index of the next newline at or after `from`, -1 when there is none. `bytes` begin at a code unit. */
  newline(bytes: Buffer, from: number): number;
  /** The last place in [`from`, `at`] that splits no character; `at` when none is found nearby. */
  boundary(bytes: Buffer, from: number, at: number): number;
  /** What is no character of the encoding becomes U+FFFD. */
  decode(bytes: Buffer, from: number, to: number): string;
}

/** An encoding and how many bytes of a mark (BOM) stand before the text. */
export interface OpenedText {
  readonly encoding: Encoding;
  readonly mark: number;
}

/** Any label of the WHATWG Encoding Standard, in any case; `utf-16` is by its mark, little endian without. */
export function isEncodingLabel(label: string): boolean {
  return decoderOf(label) !== undefined;
}

/**
 * The encoding of a file by its label and first bytes. A mark wins over `utf-8`, the default, and over either UTF-16: a mark is
 * there because somebody meant it.
 * @param head the first three bytes, fewer when the file has no more.
 */
export function openText(label: string, head: Uint8Array): OpenedText {
  const name = decoderOf(label)?.encoding ?? 'utf-8';
  const [first, second, third] = head;
  if (name === 'utf-8' || name.startsWith('utf-16')) {
    if (first === 0xff && second === 0xfe) return { encoding: UTF16LE, mark: 2 };
    if (first === 0xfe && second === 0xff) return { encoding: UTF16BE, mark: 2 };
    if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: UTF8, mark: 3 };
  }
  if (name === 'utf-8') return { encoding: UTF8, mark: 0 };
  if (name === 'utf-16le') return { encoding: UTF16LE, mark: 0 };
  if (name === 'utf-16be') return { encoding: UTF16BE, mark: 0 };
  return { encoding: byteEncoding(name), mark: 0 };
}

const NEWLINE = 0x0a;

const UTF8: Encoding = {
  label: 'utf-8',
  unit: 1,
  extendsAscii: true,
  isUtf8: true,
  newline: (bytes, from) => bytes.indexOf(NEWLINE, from),
  boundary: (bytes, from, at) => {
    // At most three continuation bytes (10xxxxxx) follow a first byte; more of them are no UTF-8 and may be cut anywhere.
    for (let place = at - 1; place >= from && place >= at - 3; place -= 1) {
      const byte = bytes[place] ?? 0;
      if ((byte & 0xc0) !== 0x80) return place + lengthOf(byte) > at ? place : at;
    }
    return at;
  },
  decode: (bytes, from, to) => bytes.toString('utf8', from, to),
};

/** Bytes of the character that begins with `first`. */
function lengthOf(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

const UTF16LE = utf16('utf-16le');
const UTF16BE = utf16('utf-16be');

function utf16(label: 'utf-16le' | 'utf-16be'): Encoding {
  const high = label === 'utf-16le' ? 1 : 0;
  const pair = Buffer.from(high === 1 ? [NEWLINE, 0] : [0, NEWLINE]);
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  return {
    label,
    unit: 2,
    extendsAscii: false,
    isUtf8: false,
    newline: (bytes, from) => {
      let at = bytes.indexOf(pair, from);
      // U+0A00 beside U+0100 holds the same two bytes across a code unit (case 38).
      while (at >= 0 && at % 2 === 1) at = bytes.indexOf(pair, at + 1);
      return at;
    },
    boundary: (bytes, from, at) => {
      const even = at - (at % 2);
      const endsInHalf = even - 2 >= from && ((bytes[even - 2 + high] ?? 0) & 0xfc) === 0xd8;
      return endsInHalf ? even - 2 : even;
    },
    decode: (bytes, from, to) => decoder.decode(bytes.subarray(from, to)),
  };
}

const opened = new Map<string, Encoding>();

function byteEncoding(name: string): Encoding {
  const known = opened.get(name);
  if (known) return known;
  const decoder = new TextDecoder(name, { ignoreBOM: true });
  const encoding: Encoding = {
    label: name,
    unit: 1,
    extendsAscii: name !== 'iso-2022-jp',
    isUtf8: false,
    newline: (bytes, from) => bytes.indexOf(NEWLINE, from),
    boundary: (bytes, from, at) => {
      // No encoding of the standard uses bytes below 0x30 behind a lead byte: a cut behind one splits nothing.
      for (let place = at; place > from && place > at - 1024; place -= 1) {
        if ((bytes[place - 1] ?? 0xff) < 0x30) return place;
      }
      return at;
    },
    decode: (bytes, from, to) => decoder.decode(bytes.subarray(from, to)),
  };
  opened.set(name, encoding);
  return encoding;
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}
