import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { candidateOf, releaseOf } from '../support/release-fixture.ts';
import { follow, haltRollout, pastOf } from '../../config-service/release/pointer-moves.ts';
import {
  isTrailVouchedFor,
  signPointer,
  verifyPointer,
} from '../../config-service/release/pointer-signing.ts';
import { parsePointer, printPointer, type Pointer } from '../../config-service/release/pointer.ts';
import { signerOfPem } from '../../config-service/release/signing.ts';
import { valueOf } from '../support/pinned.ts';

const region = 'eu-west-1';
const START = Date.UTC(2026, 10, 21, 4);
const MOVE = { at: '2026-11-21T05:00:00Z', by: 'ann', isReturn: false };
const runs = (id: string): Pointer => ({ region, stable: releaseOf(id, { base: { a: id } }) });
const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
const signer = valueOf(signerOfPem(String(pem)));

function read(text: string): Pointer | undefined {
  const parsed = parsePointer(Buffer.from(text), region, 'pointer');
  return parsed.kind === 'valid' ? parsed.pointer : undefined;
}

const fates = (pointer: Pointer, now = START): readonly string[] =>
  pastOf(pointer, now).map(({ release, fate }) => `${release} ${fate}`);

describe('a trail', () => {
  it('survives printing and reading', () => {
    const next = follow(runs('r1'), runs('r2'), MOVE, START);
    expect(read(printPointer(next))).toEqual(next);
    expect(fates(next)).toEqual(['r1 replaced']);
  });

  it.each([
    [{ past: [{ release: '../x', content: '0123456789abcdef', fate: 'replaced', at: MOVE.at }] }],
    ['no list'],
    [{}],
    [{ past: [{ release: 1 }] }],
    [{ past: [], signatures: 'x' }],
    [null],
  ])('that is none (%j) stops no instance', (trail) => {
    const text = JSON.stringify({ ...(JSON.parse(printPointer(runs('r1'))) as object), trail });
    expect(read(text)?.stable.id).toBe('r1');
    expect(read(text)?.trail?.past ?? []).toEqual([]);
  });

  it('has one entry a release, a hundred at most, and none of what runs', () => {
    let pointer = runs('r0');
    for (let move = 1; move <= 150; move += 1) pointer = follow(pointer, runs(`r${move}`), MOVE, START);
    expect(pastOf(pointer, START)).toHaveLength(100);
    const back = follow(pointer, runs('r149'), { ...MOVE, isReturn: true }, START);
    expect(fates(back).slice(0, 2)).toEqual(['r150 rolled-back', 'r148 replaced']);
  });

  it('remembers what was halted, with reason and by whom, after the next move', () => {
    const candidate = candidateOf('r2', [
      { percent: 10, afterMs: 0 },
      { percent: 100, afterMs: 60_000 },
    ]);
    const halted = haltRollout({ ...runs('r1'), candidate }, { at: MOVE.at, reason: 'errors', by: 'bob' });
    const next = follow(halted, runs('r3'), MOVE, START);
    expect(pastOf(next, START)).toMatchObject([
      { release: 'r1', fate: 'replaced', by: 'ann' },
      { release: 'r2', fate: 'halted', reason: 'errors', by: 'bob' },
    ]);
  });
});

describe('a signed pointer with a trail', () => {
  it('is vouched for whole, and by the rules of an agent that knows no trail', async () => {
    const signed = await signPointer(follow(runs('r1'), runs('r2'), MOVE, START), 7, signer);
    const { trail: _, ...withoutTrail } = signed;
    for (const pointer of [signed, withoutTrail])
      expect(verifyPointer(pointer, [signer.publicKey], '')).toMatchObject({ kind: 'ok', value: 7 });
    expect(isTrailVouchedFor(signed, [signer.publicKey])).toBe(true);
  });

  it('has a trail that fits no other pointer, and none that was changed', async () => {
    const signed = await signPointer(follow(runs('r1'), runs('r2'), MOVE, START), 7, signer);
    const past = signed.trail?.past.map((entry) => ({ ...entry, release: 'r0' })) ?? [];
    expect(isTrailVouchedFor({ ...signed, sequence: 8 }, [signer.publicKey])).toBe(false);
    expect(isTrailVouchedFor({ ...signed, trail: { ...signed.trail, past } }, [signer.publicKey])).toBe(
      false,
    );
  });
});
