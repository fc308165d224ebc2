import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Release } from '../../config-service/release/manifest.ts';
import { parsePointer, printPointer } from '../../config-service/release/pointer.ts';
import {
  releaseStatement,
  signerOfPem,
  signRelease,
  verifyRelease,
} from '../../config-service/release/signing.ts';
import type { TrustedKey } from '../../config-service/release/trusted-key.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { fileSigner, kmsEcSigner, kmsRsaSigner } from '../support/release-keys.ts';
import { releaseOf } from '../support/release-fixture.ts';

const REGION = 'eu-west-1';
const ADDRESS = 's3://config/p/current.json';
const release = { ...releaseOf('r1', { base: { a: '1' } }), message: 'why' };

function verdict(signed: Release, keys: readonly TrustedKey[], region = REGION): string {
  return verdictOf(verifyRelease(signed, region, keys, ADDRESS));
}

describe('a signed release', () => {
  it.each([
    ['a key file', fileSigner()],
    ['KMS, ECC', kmsEcSigner()],
    ['KMS, RSA', kmsRsaSigner()],
  ])('is vouched for by %s, also after its way through a pointer', async (_, signer) => {
    const signed = await signRelease(release, REGION, signer);
    const parsed = parsePointer(
      Buffer.from(printPointer({ region: REGION, stable: signed })),
      REGION,
      ADDRESS,
    );
    expect(parsed).toMatchObject({ kind: 'valid' });
    const stable = parsed.kind === 'valid' ? parsed.pointer.stable : release;
    expect(verdict(stable, [signer.publicKey])).toBe('ok');
  });

  const signer = fileSigner();
  const { publicKey } = signer;

  it.each<[string, (signed: Release) => Release]>([
    ['name', (signed) => ({ ...signed, id: 'r0' })],
    ['time', (signed) => ({ ...signed, createdAt: '2027-01-01T00:00:00Z' })],
    ['message', (signed) => ({ ...signed, message: 'other' })],
    ['content', (signed) => ({ ...signed, layers: releaseOf('r1', { base: { a: '2' } }).layers })],
    ['layers', (signed) => ({ ...signed, layers: new Map([...signed.layers, ['role/x', []]]) })],
  ])('is refused with another %s', async (_, change) => {
    const signed = await signRelease(release, REGION, signer);
    expect(verdict(change(signed), [publicKey])).toBe('fail LF_SIGNATURE_WRONG');
  });

  it('is refused in another region', async () => {
    const signed = await signRelease(release, REGION, signer);
    expect(verdict(signed, [publicKey], 'us-east-1')).toBe('fail LF_SIGNATURE_WRONG');
  });

  it('is refused when nobody signed it, or somebody else', async () => {
    expect(verdict(release, [publicKey])).toBe('fail LF_SIGNATURE_MISSING');
    const stranger = await signRelease(release, REGION, fileSigner());
    expect(verdict(stranger, [publicKey])).toBe('fail LF_SIGNATURE_WRONG');
  });

  it('is refused when somebody else signs in the name of the trusted key', async () => {
    const [forged] = (await signRelease(release, REGION, fileSigner())).signatures ?? [];
    const signatures = forged ? [{ ...forged, key: publicKey.id }] : [];
    expect(verdict({ ...release, signatures }, [publicKey])).toBe('fail LF_SIGNATURE_WRONG');
  });

  it('is refused when the signature says of itself that it is of another algorithm', async () => {
    const signed = await signRelease(release, REGION, signer);
    const signatures = (signed.signatures ?? []).map((entry) => ({
      ...entry,
      algorithm: 'ECDSA_SHA_256' as const,
    }));
    expect(verdict({ ...signed, signatures }, [publicKey])).toBe('fail LF_SIGNATURE_WRONG');
  });

  it('lets keys be rotated: two trusted, or two signatures', async () => {
    const next = fileSigner();
    const byNext = await signRelease(release, REGION, next);
    expect(verdict(byNext, [publicKey, next.publicKey])).toBe('ok');
    const byBoth = await signRelease(byNext, REGION, signer);
    expect(byBoth.signatures).toHaveLength(2);
    expect(verdict(byBoth, [publicKey])).toBe('ok');
    expect(verdict(byBoth, [next.publicKey])).toBe('ok');
  });

  it('has one signature of a key, however often it is signed', async () => {
    const twice = await signRelease(await signRelease(release, REGION, signer), REGION, signer);
    expect(twice.signatures).toHaveLength(1);
  });

  it('is signed by a statement that KMS takes as it is, however large the release', () => {
    const files = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, 'x']));
    expect(releaseStatement(releaseOf('r1', { base: files }), REGION).length).toBeLessThan(4096);
  });
});

describe('a signature in a pointer', () => {
  it('of an algorithm of the future vouches for nothing and breaks nothing', () => {
    const parsed = parse([{ key: 'k', algorithm: 'ml-dsa', value: 'AA==' }]);
    expect(parsed.kind === 'valid' && parsed.pointer.stable).toEqual(release);
  });

  it.each([{}, 'x', [7], [{ key: 'k' }], Array.from({ length: 9 }, () => ({}))])(
    '%#: must have its parts',
    (value) => {
      expect(parse(value)).toMatchObject({ kind: 'invalid', fault: { code: 'LF_MANIFEST_INVALID' } });
    },
  );
});

describe('a signing key', () => {
  it('is an Ed25519 key in PEM', () => {
    expect(valueOf(signerOfPem(pem('ed25519'))).publicKey.algorithm).toBe('ed25519');
  });

  it.each(['', 'nonsense', pem('ed448'), pem('ed25519').slice(0, 60)])(
    '%#: is nothing else, and never quoted',
    (text) => {
      const outcome = signerOfPem(text);
      expect(verdictOf(outcome)).toBe('fail LF_USAGE');
      expect(JSON.stringify(outcome)).not.toContain('MC4C');
    },
  );
});

function parse(signatures: unknown) {
  const document = JSON.parse(printPointer({ region: REGION, stable: release })) as { stable: object };
  Object.assign(document.stable, { signatures });
  return parsePointer(Buffer.from(JSON.stringify(document)), REGION, ADDRESS);
}

function pem(type: 'ed25519' | 'ed448'): string {
  const { privateKey } = type === 'ed25519' ? generateKeyPairSync(type) : generateKeyPairSync('ed448');
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}
