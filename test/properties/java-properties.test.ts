import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logicalLines, sourceOffset } from '../../config-service/properties/logical-line.ts';
import { locateIn } from '../../config-service/properties/text-position.ts';
import { entriesOf, parseText, problemsOf } from './parse-text.ts';

const FILE = 'app.properties';

function places(text: string): [string, number, number][] {
  return entriesOf(FILE, text).map(({ key, line, column }) => [key, line, column]);
}

describe('places', () => {
  it('are those of the first character of the key', () => {
    expect(places('# comment\n\n  a=1\nb=2\n')).toEqual([
      ['a', 3, 3],
      ['b', 4, 1],
    ]);
  });

  it.each(['\n', '\r\n', '\r'])('count %j as one line end', (end) => {
    expect(places(['a=1', '', 'b=2', 'c=3'].join(end))).toEqual([
      ['a', 1, 1],
      ['b', 3, 1],
      ['c', 4, 1],
    ]);
  });

  it('are those of the first line when a key or a value continues on the next', () => {
    expect(places('a\\\n b=1\\\n  2\nc=3')).toEqual([
      ['ab', 1, 1],
      ['c', 4, 1],
    ]);
  });

  it('do not count continuation lines in front of the key', () => {
    expect(places('\\\n\\\n  a=1')).toEqual([['a', 3, 3]]);
  });
});

it('has the place that an editor shows, whatever lines, comments and continuations come before', () => {
  const piece = fc.constantFrom(
    'a=1',
    'b',
    '#c',
    '!',
    ' ',
    '\t',
    '\\',
    '=',
    '\n',
    '\r',
    '\r\n',
    '\\\r\n',
    '\\\n',
    '\u{1F600}',
  );
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (source) => {
      const locate = locateIn(source);
      for (const line of logicalLines(source))
        expect(line.place).toEqual(locate(sourceOffset(line, line.from)));
    }),
    { numRuns: 500 },
  );
});

describe('malformed escapes', () => {
  it('reject the file and are all named at once, with the place of the backslash', () => {
    const problems = problemsOf(FILE, 'a=\\u12\nok=1\n\\u=2\nb=x\\\n  y\\u00\\\n zz\\uD83D');
    expect(problems.map((problem) => problem.split(' ', 2).join(' '))).toEqual([
      '1:3 LF_PARSE',
      '3:1 LF_PARSE',
      '5:4 LF_PARSE',
    ]);
    expect(problems[0]).toContain('four hex digits');
  });

  it('never reach over from the key into the separator and the value', () => {
    expect(problemsOf(FILE, '\\u00=41')).toHaveLength(1);
  });

  it('may be split by a continuation, as Java joins lines first', () => {
    expect(entriesOf(FILE, 'a=\\u00\\\n  41')).toMatchObject([{ value: 'A' }]);
  });
});

describe('duplicate keys', () => {
  it('keep the last value and warn with both lines', () => {
    const file = parseText(FILE, 'a=1\nb=2\n a : 3\n');
    expect(file).toMatchObject({
      entries: [
        { key: 'a', value: '3', line: 3, column: 2 },
        { key: 'b', value: '2' },
      ],
      warnings: [{ code: 'LF_DUPLICATE_KEY', file: FILE, line: 3, column: 2 }],
    });
    expect(file.kind === 'parsed' && file.warnings[0]?.message).toBe(
      'duplicate key "a": also set on line 1; the last one wins',
    );
  });

  it('are found however the key is escaped', () => {
    expect(parseText(FILE, 'a.b=1\na\\u002eb=2')).toMatchObject({ warnings: [{ line: 2 }] });
  });
});

it('takes names of Object.prototype as keys like any other', () => {
  expect(
    entriesOf(FILE, '__proto__=1\nconstructor=2\ntoString=3').map(({ key, value }) => key + value),
  ).toEqual(['__proto__1', 'constructor2', 'toString3']);
});

it('reads an empty file as no entries', () => {
  expect(entriesOf(FILE, '')).toEqual([]);
  expect(entriesOf(FILE, '# only a comment')).toEqual([]);
});
