import { expect, test } from 'vitest';
import { compileLinePattern, simplePattern } from '#agent/logs/text/line-pattern.ts';
import type { Multiline } from '#agent/logs/text/text-rules.ts';
import { cutAll, messages } from './cutting.ts';

const TRACE = 'before\n2026 one\n  at a\n\n  at b\n2026 two\r\n  at c\r\n2026 three\n';

test('case 41: a record begins with a line that matches, and each line before the first is one', async () => {
  const multiline = await by('start', '^\\d{4} ');
  for (let windowBytes = 1; windowBytes < TRACE.length + 2; windowBytes += 1) {
    expect(messages(TRACE, { multiline }, { windowBytes })).toEqual([
      'before',
      '2026 one\n  at a\n\n  at b',
      '2026 two\n  at c',
      '2026 three',
    ]);
  }
});

test('case 41: a record ends with a line that matches', async () => {
  const multiline = await by('end', ';$');
  expect(messages('a\nb;\nc;\nd\n', { multiline })).toEqual(['a\nb;', 'c;', 'd']);
});

test('case 41: a start that never comes holds nothing up', async () => {
  const multiline = await by('start', '^never$');
  const cut = cutAll(Buffer.from('a\nb\nc\n'), { multiline }, { last: 'growing' });
  expect(cut.events.map(({ message }) => message)).toEqual(['a', 'b', 'c']);
});

test('case 41: an end that never comes makes events as large as may be, at line ends', async () => {
  const multiline = await by('end', '^never$');
  const line = 'x'.repeat(99);
  const { events } = cutAll(
    Buffer.from(`${line}\n`.repeat(50)),
    { multiline, maxEventBytes: 1024 },
    { windowBytes: 512 },
  );
  expect(events.map(({ message }) => message)).toEqual(
    Array.from({ length: 5 }, () => Array.from({ length: 10 }, () => line).join('\n')),
  );
});

test('case 41: a line longer than an event within a record', async () => {
  const multiline = await by('start', '^\\d');
  const text = `1 begins\n${'x'.repeat(3000)}\nrest\n2 next\n`;
  const got = messages(text, { multiline, maxEventBytes: 1024 });
  expect(got[0]).toBe('1 begins');
  expect(
    got
      .slice(1, -2)
      .map((part) => part.replace(/^\[part \d\] /, '').replace(/ \[continued\]$/, ''))
      .join(''),
  ).toBe('x'.repeat(3000));
  expect(got.slice(-2)).toEqual(['rest', '2 next']);
});

test('case 41: a record that is not complete is not consumed, until it is flushed', async () => {
  const multiline = await by('start', '^\\d');
  const bytes = Buffer.from('1 one\n  more\n2 two\n  more');
  const growing = cutAll(bytes, { multiline }, { last: 'growing' });
  expect([growing.events.map(({ message }) => message), growing.offset]).toEqual([['1 one\n  more'], 13]);
  const flushed = cutAll(bytes, { multiline }, { last: 'flush' });
  expect(flushed.events.at(-1)?.message).toBe('2 two\n  more');
});

test('case 42: a pattern that would take a backtracking engine for ever is linear here', async () => {
  const compiled = await compileLinePattern('^(a+)+$');
  if (compiled.kind !== 'ok') throw new Error(compiled.reason);
  expect(compiled.pattern(`${'a'.repeat(50_000)}!`)).toBe(false);
});

test('case 42: a pattern that is none is said to be none', async () => {
  expect(await compileLinePattern('(')).toMatchObject({ kind: 'invalid' });
  expect(await compileLinePattern('(?=a)')).toMatchObject({ kind: 'invalid' });
});

test('patterns that need no engine agree with RE2', async () => {
  const { RE2JS } = await import('re2js');
  const patterns = [
    'ERROR',
    '^\\d{4}-\\d{2}',
    '^\\S',
    '^[^\\s]',
    '^\\[',
    '^[A-Z][a-z]{2} ',
    '^\\s',
    '^x\\.y',
    '^ab',
  ];
  const samples = [
    '',
    'ERROR',
    'an ERROR',
    '2026-11-21',
    '202-11',
    ' x',
    '\tx',
    '[a',
    'Nov 1',
    'xzy',
    'x.y',
    'abc',
    '😀',
    '\u00A0',
  ];
  for (const source of patterns) {
    const simple = simplePattern(source);
    expect(simple, source).toBeDefined();
    const exact = RE2JS.compile(source);
    for (const sample of samples) {
      expect(simple?.(sample), `${source} on ${sample}`).toBe(exact.matcher(sample).find());
    }
  }
  expect(['^a*', 'a|b', '^(a)', '^\\w', '^\\S{2}', '^.'].map((source) => simplePattern(source))).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
});

async function by(edge: Multiline['by'], source: string): Promise<Multiline> {
  const compiled = await compileLinePattern(source);
  if (compiled.kind !== 'ok') throw new Error(compiled.reason);
  return { by: edge, pattern: compiled.pattern };
}
