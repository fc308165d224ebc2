import { describe, expect, it } from 'vitest';
import { entriesOf, pairsOf, parseText, problemsOf } from './parse-text.ts';

const FILE = 'app.yaml';

describe('scalars', () => {
  it.each([
    '8',
    '1.10',
    '0x10',
    '0o17',
    '1e3',
    '+1',
    'true',
    'True',
    'yes',
    '.inf',
    '2026-01-01',
    '12:30:45',
    'a b',
  ])('keep their source text: %s', (text) => {
    expect(pairsOf(FILE, `a: ${text}`)).toEqual([['a', text]]);
  });

  it.each(['', ' ', ' ~', ' null', ' NULL', ' # comment', " ''", ' ""'])(
    'are empty when null or empty: a:%s',
    (text) => {
      expect(pairsOf(FILE, `a:${text}`)).toEqual([['a', '']]);
    },
  );

  it('are decoded when quoted, folded or literal', () => {
    const text =
      "a: \"x\\ty\\u0041\\0\"\nb: 'it''s'\nc: one\n  two\n\n  three\nd: |\n  l1\n  l2\ne: >-\n  f1\n  f2\n";
    expect(pairsOf(FILE, text)).toEqual([
      ['a', 'x\tyA\0'],
      ['b', "it's"],
      ['c', 'one two\nthree'],
      ['d', 'l1\nl2\n'],
      ['e', 'f1 f2'],
    ]);
  });

  it('may carry a core tag, which does not change their text', () => {
    expect(pairsOf(FILE, 'a: !!str 8\nb: !!int "8"\nc: !!str')).toEqual([
      ['a', '8'],
      ['b', '8'],
      ['c', ''],
    ]);
  });
});

describe('nesting', () => {
  it('joins maps with dots and lists with indexes beside the typed list, each with its place', () => {
    expect(
      entriesOf(FILE, 'db:\n  hosts:\n    - one\n    - name: two\n      ports: [1, 2]\n  port: 5432\n'),
    ).toEqual([
      { key: 'db.hosts', value: '', items: 2, line: 2, column: 3 },
      { key: 'db.hosts.0', value: 'one', line: 3, column: 7 },
      { key: 'db.hosts.1.name', value: 'two', line: 4, column: 7 },
      { key: 'db.hosts.1.ports', value: '', items: 2, line: 5, column: 7 },
      { key: 'db.hosts.1.ports.0', value: '1', line: 5, column: 15 },
      { key: 'db.hosts.1.ports.1', value: '2', line: 5, column: 18 },
      { key: 'db.port', value: '5432', line: 6, column: 3 },
    ]);
  });

  it('gives nothing for an empty map and an entry for an empty list', () => {
    expect(entriesOf(FILE, 'a: {}\nb: []')).toEqual([{ key: 'b', value: '', items: 0, line: 2, column: 1 }]);
  });

  it.each(['\r\n', '\r'])('reads %j as a line end', (end) => {
    expect(entriesOf(FILE, ['a:', '  b: 1', 'c: 2'].join(end))).toMatchObject([
      { key: 'a.b', value: '1', line: 2, column: 3 },
      { key: 'c', value: '2', line: 3, column: 1 },
    ]);
  });
});

describe('keys', () => {
  it('are source text, whatever they look like', () => {
    expect(
      pairsOf(FILE, '8080: a\n1.0: b\ntrue: c\n~: d\n"": e\n"<<": f\n__proto__: g\nconstructor: {x: h}'),
    ).toEqual([
      ['8080', 'a'],
      ['1.0', 'b'],
      ['true', 'c'],
      ['~', 'd'],
      ['', 'e'],
      ['<<', 'f'],
      ['__proto__', 'g'],
      ['constructor.x', 'h'],
    ]);
  });

  it.each([
    ['? [a]\n: 1', 'a key must be a single value'],
    ['? {a: 1}\n: 1', 'a key must be a single value'],
    ['a: &x b\n*x : 1', 'a key must be a single value'],
    [': 1', 'a key is missing'],
    ['a: &x {b: 1}\nc:\n  <<: *x', 'merge keys'],
  ])('are refused when they are no text: %j', (text, message) => {
    expect(problemsOf(FILE, text)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['a: 1\nb: 2\na: 3', '3:1', '"a": already set on line 1'],
    ['a:\n  b: 1\na.b: 2', '3:1', '"a.b": already set on line 2'],
    ['a: {b: 1}\na: {c: 2}', '2:1', '"a": already set on line 1'],
    ['a: [x]\na.0: y', '2:1', '"a.0": already set on line 1'],
    ['a: 1\n"a": 2', '2:1', '"a": already set on line 1'],
  ])('set twice are named with both lines: %j', (text, place, message) => {
    expect(problemsOf(FILE, text)).toEqual([
      `${place} LF_DUPLICATE_KEY duplicate key ${message}; keep one of them`,
    ]);
  });
});

describe('aliases', () => {
  it('repeat their anchor, at the place where they stand', () => {
    expect(entriesOf(FILE, 'a: &x\n  k: [1]\nb: *x\n')).toMatchObject([
      { key: 'a.k', line: 2 },
      { key: 'a.k.0', line: 2 },
      { key: 'b.k', items: 1, line: 3, column: 1 },
      { key: 'b.k.0', value: '1', line: 3, column: 1 },
    ]);
  });

  it('mean the last anchor of their name before them', () => {
    expect(pairsOf(FILE, 'a: &x 1\nb: *x\nc: &x 2\nd: *x').map(([, value]) => value)).toEqual([
      '1',
      '1',
      '2',
      '2',
    ]);
  });

  it('without an anchor before them, or inside of it, are problems', () => {
    expect(problemsOf(FILE, 'a: *x\nb: &x [*x]')).toEqual([
      '1:4 LF_PARSE the alias "x" has no anchor before it',
      '2:8 LF_PARSE the alias "x" stands inside of its own anchor',
    ]);
  });
});

describe('documents', () => {
  it.each(['', '\n', '# nothing', '---', '---\n...\n', '~', '{}'])(
    'without content give no entries: %j',
    (text) => {
      expect(entriesOf(FILE, text)).toEqual([]);
    },
  );

  it.each([
    ['- a\n- b', 'a list'],
    ['just text', 'a single value'],
  ])('need keys at the top level: %j', (text, what) => {
    expect(problemsOf(FILE, text)).toEqual([`1:1 LF_PARSE the top level is ${what}; put it under a key`]);
  });

  it.each(['a: 1\n---\nb: 2', 'a: 1\n...\n---\nb: 2', '---\n---\nb: 2\n'])(
    'stand alone in their file: %j',
    (text) => {
      expect(problemsOf(FILE, text)).toEqual([expect.stringContaining('a second document starts here')]);
    },
  );

  it.each(['a: 1\n---\n', 'a: 1\n---\n# end\n', 'a: 1\n---\n---\n# end\n---\n', 'a: 1\n...\n# end\n'])(
    'may be followed by ones that say nothing: %j',
    (text) => {
      expect(pairsOf(FILE, text)).toEqual([['a', '1']]);
    },
  );

  it('may have directives; an unknown one is a warning', () => {
    expect(pairsOf(FILE, '%YAML 1.1\n---\na: 010\nb: no')).toEqual([
      ['a', '010'],
      ['b', 'no'],
    ]);
    expect(parseText(FILE, '%FOO x\n---\na: 1')).toMatchObject({
      kind: 'parsed',
      warnings: [{ line: 1, column: 1 }],
    });
  });
});

describe('syntax errors', () => {
  it('come all at once, in the order of the text', () => {
    expect(problemsOf(FILE, 'a:\n\tb: 1\nc: @x\nd: x: y\ne: "\\q"\n')).toEqual([
      '2:1 LF_PARSE a tab indents this line; YAML allows spaces only',
      '3:4 LF_PARSE a plain value cannot start with this character; quote the value',
      expect.stringMatching(/^4:4 LF_PARSE a second `: ` in this entry/),
      expect.stringMatching(/^5:5 LF_PARSE no such escape/),
    ]);
  });

  it('are reported for tags that mean nothing here', () => {
    expect(problemsOf(FILE, 'a: !secret x\nb: !!set {c}\nd: !!binary aa')).toHaveLength(3);
  });

  it('do not show what the file holds', () => {
    const file = parseText(FILE, 'password: "x" hunter2\nother: [1] hunter2\n} hunter2');
    expect(file.kind).toBe('rejected');
    expect(JSON.stringify(file)).not.toContain('hunter2');
  });
});
