import { describe, expect, it } from 'vitest';
import { alignColumns, asLine, oneLine, paint } from '#agent/cli/terminal.ts';

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
