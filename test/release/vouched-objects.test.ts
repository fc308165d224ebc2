import { describe, expect, it } from 'vitest';
import { releaseDigest, releaseIdOf, type Release } from '../../config-service/release/manifest.ts';
import { parsePointer, printPointer } from '../../config-service/release/pointer.ts';
import { signRelease, verifyRelease } from '../../config-service/release/signing.ts';
import {
  areSameObjects,
  MAX_VOUCHED_OBJECTS,
  type VouchedObjects,
} from '../../config-service/release/vouched-objects.ts';
import { verdictOf } from '../support/fetching.ts';
import { fileSigner } from '../support/release-keys.ts';
import { releaseOf } from '../support/release-fixture.ts';

const A = 's3://app/a.tgz';
const object = (digit: string, size = 3) => ({ sha256: digit.repeat(64), size });
const vouching = (objects: VouchedObjects): Release => ({ ...releaseOf('r1', {}), objects });

function roundTrip(objects: VouchedObjects): VouchedObjects | undefined {
  const text = printPointer({ region: 'eu-west-1', stable: vouching(objects) });
  const parsed = parsePointer(Buffer.from(text), 'eu-west-1', 'here');
  if (parsed.kind === 'invalid') throw new Error(parsed.fault.cause);
  return parsed.pointer.stable.objects;
}

function complaint(objects: unknown): string {
  const stable = { id: 'r1', createdAt: '2026-11-21T03:21:00Z', layers: {}, objects };
  const text = JSON.stringify({ format: 1, region: 'eu-west-1', stable });
  const parsed = parsePointer(Buffer.from(text), 'eu-west-1', 'here');
  return parsed.kind === 'invalid' ? parsed.fault.cause : '';
}

describe('what a release vouches for outside of itself', () => {
  it('comes through a pointer as it was, in an order of its own', () => {
    const objects = new Map([
      ['s3://b/b', object('b')],
      [A, object('a')],
    ]);
    expect(areSameObjects(roundTrip(objects), objects)).toBe(true);
    expect([...(roundTrip(objects) ?? [])].map(([address]) => address)).toEqual([A, 's3://b/b']);
    expect(releaseDigest(vouching(objects))).toBe(
      releaseDigest(vouching(new Map([...objects].toReversed()))),
    );
  });

  it('is left out where there is nothing, so that older releases keep digest, name and signature', () => {
    expect(releaseDigest(vouching(new Map()))).toBe(releaseDigest(releaseOf('r1', {})));
    const at = '2026-11-21T03:21:00Z';
    expect(releaseIdOf(at, new Map(), new Map())).toBe(releaseIdOf(at, new Map()));
    expect(releaseIdOf(at, new Map(), new Map([[A, object('a')]]))).not.toBe(releaseIdOf(at, new Map()));
  });

  it('is signed with the rest', async () => {
    const signer = fileSigner();
    const signed = await signRelease(vouching(new Map([[A, object('a')]])), 'eu-west-1', signer);
    const verdict = (release: Release) =>
      verdictOf(verifyRelease(release, 'eu-west-1', [signer.publicKey], 'here'));
    expect(verdict(signed)).toBe('ok');
    expect(verdict({ ...signed, objects: new Map([[A, object('b')]]) })).toBe('fail LF_SIGNATURE_WRONG');
    expect(verdict({ ...signed, objects: new Map() })).toBe('fail LF_SIGNATURE_WRONG');
  });

  it.each<[string, unknown]>([
    ['a list', []],
    ['no digest', { [A]: { size: 3 } }],
    ['a digest in capitals', { [A]: object('A') }],
    ['a negative size', { [A]: object('a', -1) }],
    ['another scheme', { 'https://app/a.tgz': object('a') }],
    ['no key', { 's3://app/': object('a') }],
    ['an endless key', { [`s3://app/${'k'.repeat(2000)}`]: object('a') }],
    [
      'more than the bound',
      Object.fromEntries(
        Array.from({ length: MAX_VOUCHED_OBJECTS + 1 }, (_, index) => [`s3://a/${index}`, object('a')]),
      ),
    ],
  ])('with %s is not valid', (_, objects) => {
    expect(complaint(objects)).toContain('stable.objects');
  });

  it('of as many objects as there may be keeps the pointer far below its limit', () => {
    const key = 'k'.repeat(1024);
    const objects = new Map(
      Array.from(
        { length: MAX_VOUCHED_OBJECTS },
        (_, index) => [`s3://b/${index}${key.slice(String(index).length)}`, object('a')] as const,
      ),
    );
    expect(printPointer({ region: 'eu-west-1', stable: vouching(objects) }).length).toBeLessThan(
      2 * 1024 * 1024,
    );
  });
});
