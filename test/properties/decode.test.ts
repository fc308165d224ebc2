import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../config-service/properties/decode.ts';
import { MAX_FILE_BYTES } from '../../config-service/properties/limits.ts';
import { shown } from './parse-text.ts';

function problemsOf(...bytes: number[]): string[] {
  const decoded = decode('a.yaml', Uint8Array.from(bytes));
  return decoded.kind === 'rejected' ? decoded.problems.map(shown) : [];
}

const A = 0x61;
const LF = 0x0a;
const CR = 0x0d;

describe('invalid UTF-8', () => {
  it('is named with line, column and byte offset, once a line', () => {
    expect(problemsOf(A, LF, 0xc3, 0xa9, 0xe9, A, 0xe9, CR, LF, A, 0xff)).toEqual([
      '2:2 LF_ENCODING invalid UTF-8 at byte offset 4 (0xE9); save the file as UTF-8',
      '3:2 LF_ENCODING invalid UTF-8 at byte offset 10 (0xFF); save the file as UTF-8',
    ]);
  });

  it.each([
    ['a sequence that ends with the file', [0xe2, 0x82]],
    ['a sequence cut by a line end', [0xe2, LF]],
    ['an overlong form', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a lone continuation', [0x80]],
  ])('is found in %s', (_, bytes) => {
    expect(problemsOf(...bytes)[0]).toMatch(/^1:1 LF_ENCODING /);
  });

  it('is what the strict TextDecoder says it is', () => {
    const bytes = fc.uint8Array({ maxLength: 12 });
    fc.assert(
      fc.property(bytes, (input) => {
        const loose = new TextDecoder('utf-8', { ignoreBOM: true }).decode(input);
        const valid = Buffer.from(loose).equals(input) && !input.includes(0);
        const decoded = decode('a.json', input);
        expect(decoded.kind).toBe(valid ? 'decoded' : 'rejected');
        if (decoded.kind === 'rejected') expect(decoded.problems).not.toHaveLength(0);
      }),
    );
  });
});

it('reports NULs and invalid bytes of one file together', () => {
  expect(problemsOf(0, LF, 0xff)).toEqual([
    '1:1 LF_PARSE NUL at byte offset 0; write \\u0000 where it is meant',
    expect.stringMatching(/^2:1 LF_ENCODING /),
  ]);
});

it('says that gzip is gzip, and that a web page is one', () => {
  expect(problemsOf(0x1f, 0x8b, 8, 0)).toEqual([
    '1:1 LF_ENCODING the file is packed by gzip; upload it unpacked, or say Content-Encoding: gzip',
  ]);
  expect(problemsOf(...new TextEncoder().encode('\n<!DOCTYPE html><p>Sign in'))).toEqual([
    '1:1 LF_PARSE the file is a web page (HTML) and no configuration; save what was meant',
  ]);
});

it.each([[[0xff, 0xfe, A, 0]], [[0xfe, 0xff, 0, A]]])('says that UTF-16 is UTF-16 (%j)', (bytes) => {
  expect(problemsOf(...bytes)).toEqual(['1:1 LF_ENCODING the file is UTF-16; save it as UTF-8']);
});

it('strips one byte order mark, warns, and counts columns after it', () => {
  const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, A]);
  expect(decode('a.yaml', bytes)).toMatchObject({ text: '\u{FEFF}a', warnings: [{ code: 'LF_ENCODING' }] });
});

it('takes a file of exactly the limit and refuses one byte more', () => {
  expect(decode('a.yaml', new Uint8Array(MAX_FILE_BYTES).fill(A)).kind).toBe('decoded');
  expect(decode('a.yaml', new Uint8Array(MAX_FILE_BYTES + 1).fill(A))).toMatchObject({
    problems: [{ code: 'LF_OBJECT_TOO_LARGE', file: 'a.yaml' }],
  });
});
