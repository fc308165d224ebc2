import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locateIn } from '../../config-service/properties/text-position.ts';

const text = fc.string({ unit: fc.constantFrom('x', '\n', '\r', '\r\n', '\u{1F600}') });

describe('a place in a text', () => {
  it('is the line that the text before it ends in, in whatever order places are asked for', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(30)), (source, offsets) => {
        const locate = locateIn(source);
        for (const offset of offsets.map((at) => Math.min(at, source.length))) {
          const before = source.slice(0, offset);
          // A CR ends its line unless the LF that belongs to it is still to come.
          const ends = [...before.matchAll(/\n|\r(?!\n)/g)].map(({ index }) => index + 1);
          const lineStarts = [
            0,
            ...ends.filter((end) => end < offset || source[end - 1] !== '\r' || source[end] !== '\n'),
          ];
          expect(locate(offset)).toEqual({
            line: lineStarts.length,
            column: offset - (lineStarts.at(-1) ?? 0) + 1,
          });
        }
      }),
    );
  });
});
