import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createOutputTail } from '#agent/apply/commands/command-runner.ts';
import { CONTINUED, createOutputLines, MAX_LINE_BYTES } from '#agent/apply/commands/output-lines.ts';

function linesOf(chunks: readonly Uint8Array[]): readonly string[] {
  const lines: string[] = [];
  const output = createOutputLines((line) => lines.push(line));
  for (const chunk of chunks) output.push(chunk);
  output.end();
  return lines;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Cuts at every place that is given, inside of characters too. */
function cut(content: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...places.map((place) => place % (content.length + 1)), content.length].toSorted(
    (a, b) => a - b,
  );
  return ends.map((end, index) => content.subarray(ends[index - 1] ?? 0, end));
}

it('lines do not depend on how the bytes came', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' }).filter((line) => !/[\r\n]/.test(line))),
      fc.array(fc.nat()),
      (lines, places) => {
        const content = bytes(lines.map((line) => `${line}\n`).join(''));
        expect(linesOf(cut(content, places))).toEqual(lines.map((line) => line.toWellFormed()));
      },
    ),
  );
});

it('the last line needs no line feed, an empty line is one, and a carriage return goes', () => {
  expect(linesOf([bytes('a\r\n\nb')])).toEqual(['a', '', 'b']);
});

it.each(['x', 'é', '中', '😀'])(
  'a long line of %s is split between characters, and nothing is lost',
  (character) => {
    const line = `x${character.repeat(MAX_LINE_BYTES)}`;
    const pieces = linesOf([bytes(line), bytes('\nnext\n')]);
    expect(pieces.at(-1)).toBe('next');
    const long = pieces.slice(0, -1);
    expect(long.slice(0, -1).every((piece) => piece.endsWith(CONTINUED))).toBe(true);
    expect(long.map((piece) => piece.replace(CONTINUED, '')).join('')).toBe(line);
    for (const piece of long) {
      expect(bytes(piece.replace(CONTINUED, '')).length).toBeLessThanOrEqual(MAX_LINE_BYTES);
    }
  },
);

it('a line of exactly the limit is not split', () => {
  const line = 'x'.repeat(MAX_LINE_BYTES);
  expect(linesOf([bytes(`${line}\n`)])).toEqual([line]);
});

it('continuation bytes without end are split as well', () => {
  const pieces = linesOf([new Uint8Array(3 * MAX_LINE_BYTES).fill(0x80)]);
  expect(pieces).toHaveLength(3);
});

it('the tail is the end of all that came, from a whole character on', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 20 })),
      fc.integer({ min: 4, max: 40 }),
      (texts, limit) => {
        const tail = createOutputTail(limit);
        for (const text of texts) tail.push(bytes(text));
        const all = texts.join('');
        expect(all.endsWith(tail.text())).toBe(true);
        expect(bytes(tail.text()).length).toBeGreaterThan(Math.min(bytes(all).length, limit) - 4);
      },
    ),
  );
});
