import { describe, expect, it } from 'vitest';
import { MAX_DEPTH, MAX_FILE_BYTES, MAX_PROBLEMS } from '../../config-service/properties/limits.ts';
import { entriesOf, parseText, problemsOf } from './parse-text.ts';

describe('nesting', () => {
  it.each([
    ['a.json', (levels: number) => `{"a": ${deep(levels - 1)}}`],
    ['a.yaml', (levels: number) => `a: ${deep(levels - 1)}`],
    ['a.yaml', (levels: number) => `a:\n${'- '.repeat(levels - 1)}x`],
    [
      'a.yaml',
      (levels: number) => Array.from({ length: levels }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
    ],
  ])('of %s is allowed up to the limit and no level deeper', (path, text) => {
    expect(parseText(path, text(MAX_DEPTH)).kind).toBe('parsed');
    expect(problemsOf(path, text(MAX_DEPTH + 1))).toEqual([
      expect.stringContaining('nested deeper than 100 levels'),
    ]);
  });

  it.each([
    ['a.json', '['.repeat(100_000)],
    ['a.json', `{"a": "x\n${'['.repeat(100_000)}`],
    ['a.json', '{"a":'.repeat(MAX_FILE_BYTES / 5)],
    ['a.yaml', '['.repeat(MAX_FILE_BYTES)],
    ['a.yaml', '- '.repeat(MAX_FILE_BYTES / 2)],
    ['a.yaml', '? '.repeat(MAX_FILE_BYTES / 2)],
    ['a.yaml', '{a: '.repeat(MAX_FILE_BYTES / 4)],
  ])('of %s never overflows the stack', (path, text) => {
    expect(problemsOf(path, text)).toEqual([expect.stringContaining('nested deeper than 100 levels')]);
  });

  it('through aliases is bounded as well', () => {
    const lines = Array.from(
      { length: 3000 },
      (_, at) => `k${at}: &k${at} [${at === 0 ? '' : `*k${at - 1}`}]`,
    );
    expect(problemsOf('a.yaml', lines.join('\n'))).toEqual([expect.stringContaining('nested deeper')]);
  });
});

describe('aliases', () => {
  it.each(['lol', '{}', '[]'])('of a billion laughs are stopped (%s)', (inner) => {
    expect(problemsOf('a.yaml', laughs(inner).join('\n'))).toEqual([
      expect.stringContaining('repeat more than 10000 values'),
    ]);
  });

  it('of one long text are stopped', () => {
    const text = `a: &a ${'x'.repeat(1_000_000)}\nb: [${Array(100).fill('*a').join(',')}]`;
    expect(problemsOf('a.yaml', text)).toEqual([expect.stringContaining('more than 33554432 characters')]);
  });
});

it.each(['a.yaml', 'a.json'])(
  'stops a long key that thousands of keys below it would repeat (%s)',
  (path) => {
    // Flow YAML keys end at 1024 characters, so the prefix is nested instead.
    const prefix = `{"${'k'.repeat(1000)}":`.repeat(90);
    const members = Array.from({ length: 2000 }, (_, at) => `"${at}":1`).join(',');
    expect(problemsOf(path, prefix + `{${members}}` + '}'.repeat(90))).toEqual([
      expect.stringContaining('characters'),
    ]);
  },
);

it.each([
  ['a.yaml', `a: [${'1,'.repeat(3_000_000)}]`],
  ['a.json', `{"a": [${'1,'.repeat(3_000_000)}1]}`],
])('refuses %s of more tokens than memory should pay for', (path, text) => {
  expect(problemsOf(path, text)).toEqual([expect.stringContaining('more than 4000000 tokens')]);
});

it.each([
  ['a.properties', '\\u\n'.repeat(1000)],
  ['a.yaml', '- @\n'.repeat(1000)],
  ['a.yaml', 'a: 1\n'.repeat(1000)],
  ['a.json', `{"a": [${'x,\n'.repeat(1000)}1]}`],
])('caps the problems of %s and counts the rest', (path, text) => {
  const problems = problemsOf(path, text);
  expect(problems).toHaveLength(MAX_PROBLEMS + 1);
  expect(problems.at(-1)).toMatch(/and \d+ more$/);
});

it('caps warnings too', () => {
  const file = parseText('a.properties', 'a=1\n'.repeat(1000));
  expect(file.kind === 'parsed' && file.warnings.at(-1)?.message).toBe('and 949 more');
});

describe('ten megabytes', () => {
  it('of .properties are read', () => {
    const lines = Array.from({ length: 380_000 }, (_, at) => `key.no.${at}=value ${at}`);
    expect(entriesOf('a.properties', lines.join('\n')).at(-1)).toMatchObject({
      value: 'value 379999',
      line: 380_000,
    });
  });

  it.each(['\\\n', '\\u\\\n', '\\\\', '\\n', ' ', '\r', '\\'])('of %j take linear time', (unit) => {
    const text = `k=${unit.repeat(Math.floor((MAX_FILE_BYTES - 2) / unit.length))}`;
    expect(['parsed', 'rejected']).toContain(parseText('a.properties', text).kind);
  });

  it('of YAML and JSON text are read', () => {
    const value = 'x'.repeat(10_000_000);
    expect(entriesOf('a.yaml', `a: |\n  ${value}\nb: "${'y'.repeat(1000)}"`)[0]?.value).toBe(`${value}\n`);
    expect(entriesOf('a.json', `{"a": "${value}"}`)[0]?.value).toBe(value);
  });
});

function deep(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

/** Ten lists of ten aliases each: 10^10 values in half a kilobyte. */
function laughs(inner: string): string[] {
  const items = (at: number) => Array.from({ length: 10 }, () => (at === 0 ? inner : `*k${at - 1}`));
  return Array.from({ length: 10 }, (_, at) => `k${at}: &k${at} [${items(at).join(', ')}]`);
}
