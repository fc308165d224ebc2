import { expect, test } from 'vitest';
import { isEncodingLabel, openText } from '#agent/logs/text/encoding.ts';
import { cutAll, messages } from './cutting.ts';

const TEXT = 'one\r\nzwei ä\n漢\u0A00\u010Aend 😀\n';
const LINES = ['one', 'zwei ä', '漢\u0A00\u010Aend 😀'];

test.each([
  ['utf-16le', false],
  ['utf-16le', true],
  ['utf-16be', false],
  ['utf-16be', true],
  ['utf-16', true],
  ['utf-8', true],
])('case 38: %s, with a mark: %s, with 0x0A within a code unit, in windows of any size', (label, hasMark) => {
  for (const little of label === 'utf-16be' ? [false] : label === 'utf-16le' ? [true] : [true, false]) {
    const bytes = utf16(`${hasMark ? '\uFEFF' : ''}${TEXT}`, little);
    for (const windowBytes of [2, 6, 10, 64, 4096]) {
      expect(messages(bytes, { encoding: label }, { windowBytes })).toEqual(LINES);
    }
  }
});

test('case 38: a mark of UTF-8 is no part of the first line', () => {
  const { events } = cutAll(Buffer.from('\uFEFFone\ntwo\n'));
  expect(events.map(({ message, end }) => [message, end])).toEqual([
    ['one', 7],
    ['two', 11],
  ]);
});

test('case 38: Latin-1, Windows-1252 and Shift JIS', () => {
  expect(messages(Buffer.from('grün\n', 'latin1'), { encoding: 'latin1' })).toEqual(['grün']);
  expect(messages(Buffer.from([0x80, 0x0a]), { encoding: 'windows-1252' })).toEqual(['€']);
  const nihongo = Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea, 0x0a]);
  expect(messages(nihongo, { encoding: 'shift_jis' })).toEqual(['日本語']);
  const { events } = cutAll(nihongo, { encoding: 'shift_jis' });
  expect(events[0]?.size).toBe(9);
});

test('case 37: long lines of UTF-16 are not cut between surrogates', () => {
  const { events } = cutAll(utf16(`${'a😀'.repeat(2000)}\n`, true), {
    encoding: 'utf-16le',
    maxEventBytes: 1024,
  });
  const text = events.map(({ message }) =>
    message.replace(/^\[part \d+\] /, '').replace(/ \[continued\]$/, ''),
  );
  expect(text.join('')).toBe('a😀'.repeat(2000));
  expect(Math.max(...events.map(({ size }) => size))).toBeLessThanOrEqual(1024);
});

test('labels are those of the Encoding Standard, in any case', () => {
  expect(['UTF-8', 'Latin1', 'shift-jis', 'UTF-16'].map((label) => isEncodingLabel(label))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(isEncodingLabel('klingon')).toBe(false);
  expect(openText('latin1', Buffer.from([0xff, 0xfe])).encoding.label).toBe('windows-1252');
});

function utf16(text: string, little: boolean): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return little ? bytes : bytes.swap16();
}
