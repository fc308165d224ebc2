import { describe, expect, it } from 'vitest';
import { parseHistory, historyKey, printHistory } from '../../config-service/release/history.ts';
import { releaseDigest, releaseIdOf } from '../../config-service/release/manifest.ts';
import { releaseOf } from '../support/release-fixture.ts';

const AT = '2026-11-21T03:21:00Z';
const layersOf = (text: string) => releaseOf('x', { base: { a: text }, 'role/web': { b: '2' } }).layers;

describe('the name of a release', () => {
  it('is the time and a digest of the content', () => {
    expect(releaseIdOf(AT, layersOf('1'))).toMatch(/^20261121T032100Z-[0-9a-f]{8}$/);
    expect(releaseIdOf('2026-11-21T03:21:00.123Z', layersOf('1'))).toBe(releaseIdOf(AT, layersOf('1')));
  });

  it('is another for other content, and the same for the same in another order', () => {
    expect(releaseIdOf(AT, layersOf('2'))).not.toBe(releaseIdOf(AT, layersOf('1')));
    expect(releaseIdOf(AT, new Map([...layersOf('1')].toReversed()))).toBe(releaseIdOf(AT, layersOf('1')));
  });

  it('sorts by time', () => {
    const later = releaseIdOf('2026-11-21T03:21:01Z', layersOf('1'));
    expect([later, releaseIdOf(AT, layersOf('2'))].toSorted()[1]).toBe(later);
  });
});

describe('the digest of a release', () => {
  const release = releaseOf('r1', { base: { a: '1' } });
  const signatures = [{ key: 'k', algorithm: 'ed25519', value: 'AA==' }] as const;

  it.each([
    ['name', { ...release, id: 'r2' }],
    ['message', { ...release, message: 'why' }],
    ['content', releaseOf('r1', { base: { a: '2' } })],
    ['signatures', { ...release, signatures }],
  ])('is another with another %s', (_, other) => {
    expect(releaseDigest(other)).not.toBe(releaseDigest(release));
  });
});

describe('the record of a release', () => {
  const release = releaseOf('r1', { base: { a: '1' } });
  const bytes = Buffer.from(printHistory('eu-west-1', release));

  it('gives the release back, in its own region only', () => {
    const address = `s3://config/p/${historyKey('r1')}`;
    expect(address).toBe('s3://config/p/history/r1.json');
    expect(parseHistory(bytes, 'eu-west-1', address)).toEqual({ kind: 'valid', release, origin: {} });
    expect(parseHistory(bytes, 'us-east-1', address)).toMatchObject({
      kind: 'invalid',
      fault: { code: 'LF_REGION_MANIFEST', subject: address },
    });
  });

  it('says whence it came beside the release, which is the same with and without', () => {
    const origin = { by: 'ann', commit: 'a'.repeat(40) };
    const told = Buffer.from(printHistory('eu-west-1', release, origin));
    expect(parseHistory(told, 'eu-west-1', '')).toEqual({ kind: 'valid', release, origin });
    // What agents of before know is what they are given.
    const { origin: _, ...rest } = JSON.parse(told.toString()) as Record<string, unknown>;
    expect(rest).toEqual(JSON.parse(bytes.toString()));
    expect(releaseDigest(release)).toBe(
      // What every version has computed of these fields.
      '45d2fe7f8f5e32391fc0da02c3ee0b80f85a1b49135ad15b039052c787e964ed',
    );
  });

  it.each([
    ['nothing', { by: '', commit: 'main' }, {}],
    ['no more than two hundred characters of a name', { by: 'x'.repeat(999) }, { by: 'x'.repeat(200) }],
  ])('records of it %s', (_, given, kept) => {
    const told = Buffer.from(printHistory('eu-west-1', release, given));
    expect(parseHistory(told, 'eu-west-1', '')).toEqual({ kind: 'valid', release, origin: kept });
  });

  it.each([
    ['no map', '7'],
    ['a list', '[]'],
    ['numbers', '{ "by": 7, "commit": 8 }'],
  ])('takes %s for no origin', (_, text) => {
    const told = Buffer.from(bytes.toString().trim().replace(/\}$/, `,"origin":${text}}`));
    expect(parseHistory(told, 'eu-west-1', '')).toEqual({ kind: 'valid', release, origin: {} });
  });
});
