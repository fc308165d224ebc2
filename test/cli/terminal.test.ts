import { describe, expect, it } from 'vitest';
import { alignColumns, asLine, oneLine, paint } from '#agent/console/terminal.ts';

describe('columns', () => {
  it('are as wide as their widest cell, with no blanks at the end of a line', () => {
    expect(
      alignColumns([
        ['a', 'long cell', 'x'],
        ['longer', 'b', ''],
        ['c', '', ''],
      ]),
    ).toBe('a       long cell  x\nlonger  b\nc\n');
  });

  it('may differ in number from row to row', () => {
    expect(alignColumns([['a'], ['bb', 'c'], []])).toBe('a\nbb  c\n\n');
  });

  it('of nothing are nothing', () => {
    expect(alignColumns([])).toBe('');
  });

  it('do not count colour', () => {
    const red = paint({ colour: true }, 'red', 'ab');
    expect(
      alignColumns([
        [red, 'x'],
        ['abc', 'y'],
      ]),
    ).toBe(`${red}   x\nabc  y\n`);
  });
});

describe('columns on a narrow terminal', () => {
  const HINT =
    'the role may not read it: allow s3:GetObject on the prefix, and look at the policy of the bucket';

  it('go on below the last one, word by word, and nothing is lost', () => {
    const text = alignColumns(
      [
        ['source', HINT],
        ['fence', 'clean'],
      ],
      60,
    );
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    expect(text.split('\n')[1]).toMatch(/^ {8}\S/);
    expect(text.replaceAll(/\s+/g, ' ')).toBe(`source ${HINT} fence clean `);
  });

  it('give what has no room beside the others lines of its own', () => {
    const key = 'k'.repeat(70);
    expect(alignColumns([[key, HINT]], 80)).toBe(`${key}\n    ${HINT.slice(0, 75)}\n    ${HINT.slice(76)}\n`);
  });

  it('are as ever where all fits, and one long value does not spread the others', () => {
    const rows = [
      ['a', 'x'.repeat(100), 'base'],
      ['b', 'y', 'role/web'],
    ];
    expect(alignColumns(rows, 200)).toBe(alignColumns(rows));
    expect(alignColumns(rows, 80)).toBe(`a  ${'x'.repeat(100)}\n    base\nb  y  role/web\n`);
  });
});

it('paint is for terminals that want it', () => {
  expect(paint({ colour: true }, 'bold', 'x')).toBe('\u001B[1mx\u001B[0m');
  expect(paint({ colour: false }, 'bold', 'x')).toBe('x');
});

it.each([
  ['plain text, ü and all', 'plain text, ü and all'],
  ['', ''],
  ['a\nb', String.raw`"a\nb"`],
  ['\u001B[2J', String.raw`"\u001b[2J"`],
  [['a', 'b'], '["a","b"]'],
  [null, 'null'],
  [7, '7'],
])('%j is shown on one line', (value, shown) => {
  expect(oneLine(value)).toBe(shown);
});

it('a text is ended with one line end', () => {
  expect(asLine('x')).toBe('x\n');
  expect(asLine('x\n')).toBe('x\n');
});
