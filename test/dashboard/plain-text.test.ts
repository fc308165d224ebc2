import { describe, expect, it } from 'vitest';
import { piecesOf, plainText } from '#agent/dashboard/page/plain-text.ts';

const marks = (text: string, keepsLines = false): readonly string[] =>
  piecesOf(text, 1000, keepsLines).flatMap(({ kind, text: piece }) => (kind === 'mark' ? [piece] : []));

describe('a text that is shown', () => {
  it('stands as it is where all of it can be seen', () => {
    expect(piecesOf('jdbc:postgresql://h\u00f6st/\u65e5\u672c \u{1f3dd}', 100)).toEqual([
      { kind: 'text', text: 'jdbc:postgresql://h\u00f6st/\u65e5\u672c \u{1f3dd}' },
    ]);
  });

  it.each([
    ['turns the direction', 'a\u202eb', ['U+202E']],
    ['isolates a direction', 'a\u2066b\u2069', ['U+2066', 'U+2069']],
    ['has no width', 'a\u200bb\ufeff', ['U+200B', 'U+FEFF']],
    ['speaks to a terminal', '\u001b[31m', ['U+001B']],
    ['ends a text of C', 'a\u0000', ['U+0000']],
    ['is half of a character', '\ud800x', ['U+D800']],
    ['breaks a line', 'a\nb\tc', ['\u21b5', '\u21e5']],
  ])('names what %s', (_, text, expected) => {
    expect(marks(text)).toEqual(expected);
  });

  it('keeps line breaks where there is room for them, and still names a carriage return', () => {
    expect(marks('a\r\nb\tc', true)).toEqual(['U+000D']);
  });

  it('loses nothing: its pieces put together are the text, up to the bound', () => {
    const all = piecesOf('one two three', 7).map(({ text }) => text);
    expect(all.join('')).toBe('one two');
  });

  it('has its marks in brackets where only text can stand', () => {
    expect(plainText('role/\u202ebew', 100)).toBe('role/[U+202E]bew');
  });

  it('is never cut inside a character', () => {
    expect(piecesOf('ab\u{1f3dd}', 3)).toEqual([{ kind: 'text', text: 'ab' }]);
  });
});
