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
    expect(parseHistory(bytes, 'eu-west-1', address)).toEqual({ kind: 'valid', release });
    expect(parseHistory(bytes, 'us-east-1', address)).toMatchObject({
      kind: 'invalid',
      fault: { code: 'LF_REGION_MANIFEST', subject: address },
    });
  });
});
