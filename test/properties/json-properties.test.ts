import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesOf, pairsOf, parseText, problemsOf } from './parse-text.ts';

const FILE = 'app.json';

it('keeps numbers as they are written, decodes texts, and takes null for empty', () => {
  expect(
    pairsOf(
      FILE,
      '{"a": 12345678901234567890, "b": 1.10, "c": -0, "d": 1E5, "e": true, "f": null, "g": "\\u0041\\n"}',
    ),
  ).toEqual(
    Object.entries({ a: '12345678901234567890', b: '1.10', c: '-0', d: '1E5', e: 'true', f: '', g: 'A\n' }),
  );
});

it('flattens as YAML does', () => {
  const text =
    '{\n "db": {"hosts": ["one", {"name": "two"}], "port": 5432},\n "e": {}, "l": [], "__proto__": {"x": 1}, "": 2\n}';
  expect(entriesOf(FILE, text)).toEqual(entriesOf('app.yaml', text));
  expect(entriesOf(FILE, text)).toEqual([
    { key: 'db.hosts', value: '', items: 2, line: 2, column: 9 },
    { key: 'db.hosts.0', value: 'one', line: 2, column: 19 },
    { key: 'db.hosts.1.name', value: 'two', line: 2, column: 27 },
    { key: 'db.port', value: '5432', line: 2, column: 44 },
    { key: 'l', value: '', items: 0, line: 3, column: 11 },
    { key: '__proto__.x', value: '1', line: 3, column: 34 },
    { key: '', value: '2', line: 3, column: 43 },
  ]);
});

describe('problems', () => {
  it('come all at once, the first of each place', () => {
    expect(problemsOf(FILE, '{\n  "a": 01,\n  // no\n  "b": tru,\n  "c": "x\\q",\n}')).toEqual([
      '2:9 LF_PARSE expected `,`',
      expect.stringMatching(/^2:10 /),
      '3:3 LF_PARSE JSON has no comments',
      expect.stringMatching(/^4:8 LF_PARSE not a JSON value/),
      expect.stringMatching(/^4:11 /),
      expect.stringMatching(/^5:8 LF_PARSE no such escape/),
      expect.stringMatching(/^6:1 LF_PARSE expected a key in double quotes; no comma/),
    ]);
  });

  it.each([
    ['{"a": 1,\n "a": 2}', '2:2', '"a": already set on line 1'],
    ['{"a": {"b": 1},\n "a.b": 2}', '2:2', '"a.b": already set on line 1'],
    ['{"a": 1,\n "\\u0061": 2}', '2:2', '"a": already set on line 1'],
  ])('name a duplicate key with both lines: %j', (text, place, message) => {
    expect(problemsOf(FILE, text)).toEqual([
      `${place} LF_DUPLICATE_KEY duplicate key ${message}; keep one of them`,
    ]);
  });

  it.each(['[1]', '1', '"x"', 'null'])('say that the top level needs keys: %s', (text) => {
    expect(problemsOf(FILE, text)).toEqual([expect.stringContaining('the top level is a')]);
  });

  it('are found in an empty file', () => {
    expect(problemsOf(FILE, '')).toEqual(['1:1 LF_PARSE expected a value']);
  });
});

it('accepts exactly what JSON.parse accepts', () => {
  const characters = Array.from('{}[],:"\\/-+.eE019 \n\r\t\u{A0}\u{1}aun#*');
  const piece = fc.constantFrom(...characters, 'true', 'null', '"k":', '\\u00', '\u{FEFF}');
  const broken = fc
    .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.nat(3), fc.array(piece, { maxLength: 3 }))
    .map(([json, at, cut, pieces]) => {
      const text = `{"k": ${json}}`;
      const from = at % text.length;
      return text.slice(0, from) + pieces.join('') + text.slice(from + cut);
    });
  fc.assert(
    fc.property(broken, (text) => {
      const file = parseText(FILE, text);
      const syntax =
        file.kind === 'rejected' &&
        file.problems.some(
          ({ code, message }) => code === 'LF_PARSE' && !message.startsWith('the top level'),
        );
      expect([text, !syntax]).toEqual([text, isJson(text.toWellFormed().replace(/^\u{FEFF}/u, ''))]);
    }),
    { numRuns: 2000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
