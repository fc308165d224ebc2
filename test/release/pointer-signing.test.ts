import { describe, expect, it } from 'vitest';
import { nextSequence, signPointer, verifyPointer } from '../../config-service/release/pointer-signing.ts';
import { haltRollout } from '../../config-service/release/pointer-moves.ts';
import { parsePointer, printPointer, type Pointer } from '../../config-service/release/pointer.ts';
import { verdictOf, valueOf } from '../support/fetching.ts';
import { fileSigner, kmsEcSigner, kmsRsaSigner } from '../support/release-keys.ts';
import { candidateOf, releaseOf } from '../support/release-fixture.ts';

const ADDRESS = 's3://config/p/current.json';
const pointer: Pointer = {
  region: 'eu-west-1',
  stable: releaseOf('r1', { base: { a: '1' } }),
  candidate: candidateOf('r2'),
};
/** Without what is rolled out. */
function pointerOnly({ region, stable, sequence, signatures }: Pointer): Pointer {
  return { region, stable, ...(sequence ? { sequence } : {}), ...(signatures ? { signatures } : {}) };
}

const signer = fileSigner();
const keys = [signer.publicKey];
const signed = await signPointer(pointer, 7, signer);

describe('a signed pointer', () => {
  it.each([
    ['a key file', fileSigner()],
    ['KMS, ECC', kmsEcSigner()],
    ['KMS, RSA', kmsRsaSigner()],
  ])('has a sequence that %s vouches for, also after its way through S3', async (_, other) => {
    const text = printPointer(await signPointer(pointer, 7, other));
    const parsed = parsePointer(Buffer.from(text), 'eu-west-1', ADDRESS);
    if (parsed.kind === 'invalid') throw new Error(parsed.fault.cause);
    expect(valueOf(verifyPointer(parsed.pointer, [other.publicKey], ADDRESS))).toBe(7);
  });

  it.each<[string, Pointer]>([
    ['sequence', { ...signed, sequence: 8 }],
    ['region', { ...signed, region: 'us-east-1' }],
    ['stable release', { ...signed, stable: releaseOf('r0', { base: { a: '1' } }) }],
    ['candidate', { ...signed, candidate: candidateOf('r3') }],
    [
      'rollout',
      {
        ...signed,
        candidate: candidateOf('r2', [
          { percent: 50, afterMs: 0 },
          { percent: 100, afterMs: 1 },
        ]),
      },
    ],
    ['end of its rollout', pointerOnly(signed)],
    ['candidate in the place of the stable release', { ...signed, stable: candidateOf('r2').release }],
  ])('is refused with another %s', (_, forged) => {
    expect(verdictOf(verifyPointer(forged, keys, ADDRESS))).toBe('fail LF_SIGNATURE_WRONG');
  });

  it('may be halted by whoever is called at night, without the key', () => {
    const halted = haltRollout(signed, { at: '2026-11-21T04:05:00Z', reason: 'errors' });
    expect(halted?.candidate?.halted).toBeDefined();
    expect(halted && valueOf(verifyPointer(halted, keys, ADDRESS))).toBe(7);
  });

  it('is refused when nobody signed its sequence, or somebody else', async () => {
    expect(verdictOf(verifyPointer({ ...pointer, sequence: 9 }, keys, ADDRESS))).toBe(
      'fail LF_SIGNATURE_MISSING',
    );
    const stranger = await signPointer(pointer, 9, fileSigner());
    expect(verdictOf(verifyPointer(stranger, keys, ADDRESS))).toBe('fail LF_SIGNATURE_WRONG');
  });

  it('has no sequence when it was published before there were any', () => {
    expect(valueOf(verifyPointer(pointer, keys, ADDRESS))).toBeUndefined();
  });

  it.each([0, -1, 1.5, '7', 2 ** 53])('of sequence %j is not valid', (sequence) => {
    const document = JSON.stringify({ ...(JSON.parse(printPointer(signed)) as object), sequence });
    expect(parsePointer(Buffer.from(document), 'eu-west-1', ADDRESS)).toMatchObject({
      kind: 'invalid',
      fault: { code: 'LF_MANIFEST_INVALID', cause: 'sequence is no whole number above 0' },
    });
  });
});

describe('the next sequence', () => {
  it.each([
    ['the first', undefined, 1000, 1000],
    ['later', 900, 1000, 1000],
    ['within the millisecond', 1000, 1000, 1001],
    ['with a clock that was set back', 5000, 1000, 5001],
  ])('%s', (_, before, now, next) => {
    expect(nextSequence(before, now)).toBe(next);
  });
});
