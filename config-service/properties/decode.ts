import type { Problem } from '../kit/errors.ts';
import type { ParsedFile } from './entry.ts';
import { createFindings } from './findings.ts';
import { isHtmlPage } from './html-page.ts';
import { MAX_FILE_BYTES } from './limits.ts';
import type { Place } from './text-position.ts';

export type DecodedFile =
  | { readonly kind: 'decoded'; readonly text: string; readonly warnings: readonly Problem[] }
  | Extract<ParsedFile, { kind: 'rejected' }>;

const LF = 0x0a;
const CR = 0x0d;
const BOM = '\u{FEFF}';

/**
 * Bytes to text, strictly: UTF-8 only, nothing is replaced by U+FFFD. One byte order mark in front is dropped with a
 * warning (java.util.Properties would make it part of the first key). A raw NUL is rejected in every format, also in
 * `.properties` where Java takes it as data: it cannot live in an environment variable nor in a C string, and a file
 * holding one is nearly always not text. The escape `\u0000` still means it.
 */
export function decode(file: string, bytes: Uint8Array): DecodedFile {
  if (bytes.length > MAX_FILE_BYTES) {
    const message = `${bytes.length} bytes are more than the ${MAX_FILE_BYTES} a file may have; split the file`;
    return { kind: 'rejected', problems: [{ code: 'LF_OBJECT_TOO_LARGE', message, file }] };
  }
  const text = decodeText(bytes);
  if (text === undefined || bytes.includes(0)) {
    return { kind: 'rejected', problems: badBytes(file, bytes) };
  }
  if (isHtmlPage(bytes)) {
    const message = 'the file is a web page (HTML) and no configuration; save what was meant';
    return { kind: 'rejected', problems: [{ code: 'LF_PARSE', message, file, line: 1, column: 1 }] };
  }
  if (!text.startsWith(BOM)) return { kind: 'decoded', text, warnings: [] };
  const message = 'the file starts with a byte order mark, which is ignored; save it as UTF-8 without BOM';
  return {
    kind: 'decoded',
    text: text.slice(1),
    warnings: [{ code: 'LF_ENCODING', message, file, line: 1, column: 1 }],
  };
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** One problem a line: a Latin-1 file has an invalid byte wherever an accent is, and the first shows what is wrong. */
function badBytes(file: string, bytes: Uint8Array): readonly Problem[] {
  const known = knownBytes(bytes);
  if (known !== undefined) return [{ code: 'LF_ENCODING', message: known, file, line: 1, column: 1 }];
  let line = 1;
  let lineStart = 0;
  let lineReported = 0;
  // Asked only for the offset at hand, so the current line is the line of the offset.
  const locate = (offset: number): Place => ({
    line,
    column:
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(lineStart, offset)).length + 1,
  });
  const findings = createFindings(file, locate);
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    const length = sequenceLength(bytes, at);
    if ((byte === 0 || length === 0) && lineReported !== line) {
      lineReported = line;
      if (byte === 0) findings.problem(at, `NUL at byte offset ${at}; write \\u0000 where it is meant`);
      else findings.problem(at, invalidByte(byte, at), 'LF_ENCODING');
    }
    at += length || 1;
    if (byte === LF || (byte === CR && bytes[at] !== LF)) {
      line += 1;
      lineStart = at;
    }
  }
  const concluded = findings.conclude([]);
  return concluded.kind === 'rejected' ? concluded.problems : [];
}

function invalidByte(byte: number, at: number): string {
  const hex = byte.toString(16).toUpperCase().padStart(2, '0');
  return `invalid UTF-8 at byte offset ${at} (0x${hex}); save the file as UTF-8`;
}

/** What a file is that is no text, where its first bytes tell. */
function knownBytes(bytes: Uint8Array): string | undefined {
  if (isUtf16(bytes)) return 'the file is UTF-16; save it as UTF-8';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return 'the file is packed by gzip; upload it unpacked, or say Content-Encoding: gzip';
  }
  return undefined;
}

function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** Bytes of the well-formed sequence at `at`; 0 when there is none (Unicode 16, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  // No overlong forms (E0, F0), no surrogates (ED), nothing above U+10FFFF (F4).
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let next = 2; next < length; next += 1) {
    if ((bytes[at + next] ?? 0) >> 6 !== 0b10) return 0;
  }
  return length;
}
