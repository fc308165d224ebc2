import { describe, expect, it } from 'vitest';
import { flagOf, SETTINGS } from '#agent/settings/catalogue.ts';
import { parseListen, parsePercent, parseReleaseTime, parseWords } from '#agent/settings/formats.ts';

describe('a place to listen on', () => {
  it.each([
    ['127.0.0.1:5263', { host: '127.0.0.1', port: 5263 }],
    ['127.1.2.3:0', { host: '127.1.2.3', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
    ['[::1]:80', { host: '::1', port: 80 }],
  ])('%s', (text, address) => {
    expect(parseListen(text)).toEqual(address);
  });

  it.each([
    '',
    ':80',
    '::1:80',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '128.0.0.1:80',
    '127.0.0.1.evil.com:80',
    ' 127.0.0.1:80',
  ])('%j is none', (text) => {
    expect(parseListen(text)).toBeUndefined();
  });
});

it.each([
  ['0%', 0],
  ['50%', 0.5],
  ['12.5%', 0.125],
  ['100%', 1],
  ['0.5', 0.5],
  ['1', 1],
  ['50', undefined],
  ['100.1%', undefined],
  ['-1%', undefined],
  ['%', undefined],
  ['', undefined],
])('the share %j is %j', (text, share) => {
  expect(parsePercent(text)).toBe(share);
});

it.each([
  ['', []],
  ['a', ['a']],
  ['a, b,,c ,', ['a', 'b', 'c']],
])('the words of %j', (text, words) => {
  expect(parseWords(text)).toEqual(words);
});

it('every setting has a flag, a variable and a sentence of its own', () => {
  const entries = Object.entries(SETTINGS);
  expect(flagOf('stateDir')).toBe('--state-dir');
  for (const [name, { env, doc }] of entries) {
    expect(env).toBe(`LANDFALL_${flagOf(name).slice(2).replaceAll('-', '_').toUpperCase()}`);
    expect(doc).toMatch(/^[A-Z].*\.$/);
  }
  expect(new Set(entries.map(([, { doc }]) => doc)).size).toBe(entries.length);
});

it.each([
  ['2026-11-21', '2026-11-21T00:00:00Z'],
  ['2026-11-21T03:21:00Z', '2026-11-21T03:21:00Z'],
  ['2026-11-21T03:21:00.123Z', '2026-11-21T03:21:00.123Z'],
  ['2026-11-21T03:21:00.9996Z', '2026-11-21T03:21:00.999Z'],
  ['20261121T032100Z-8450d298', '2026-11-21T03:21:00Z'],
  ['2026-13-01', undefined],
  ['2026-11-21T03:21:00', undefined],
  ['2026-11-21T03:21:00+01:00', undefined],
  ['3 days', undefined],
  ['1795233600000', undefined],
  ['', undefined],
])('not older than %j is %s', (text, time) => {
  expect(parseReleaseTime(text)).toBe(time === undefined ? undefined : Date.parse(time));
});
