import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readBer } from '#agent/identity/ber.ts';
import { proveIdentity } from '#agent/identity/identity-proof.ts';
import { isSignedBy } from '#agent/identity/signed-data.ts';
import { ok } from '#kit/outcome.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { DOCUMENT } from '../support/identity.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'landfall-cms-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: FOLDER, stdio: 'pipe' });

for (const name of ['aws', 'other']) {
  const subject = ['-subj', `/CN=${name}`, '-days', '30', '-nodes'];
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-keyout', `${name}.key`, '-out', `${name}.pem`, ...subject);
}

const region = 'eu-west-1';
writeFileSync(join(FOLDER, 'document'), DOCUMENT);
writeFileSync(join(FOLDER, 'forged'), DOCUMENT.replace('eu-west-1', 'us-east-1'));

/** As openssl writes it; `-stream` is BER without lengths, with the document in pieces, which EC2 gives. */
function signed(document: string, ...more: string[]): string {
  const by = ['-signer', 'aws.pem', '-inkey', 'aws.key', '-md', 'sha256', '-binary', '-outform', 'DER'];
  return openssl('smime', '-sign', '-in', document, ...by, ...more).toString('base64');
}

const keyOf = (name: string) => new X509Certificate(readFileSync(join(FOLDER, `${name}.pem`))).publicKey;
const bytes = Buffer.from(DOCUMENT);

describe('CMS SignedData', () => {
  it.each([
    ['with the document in it', ['-nodetach']],
    ['in BER without lengths, in pieces', ['-nodetach', '-stream']],
    ['without the document', []],
    ['without attributes', ['-nodetach', '-noattr']],
    ['without certificates', ['-nodetach', '-nocerts']],
  ])('is one of the document: %s', (_, more) => {
    const cms = signed('document', ...more);
    expect(isSignedBy(cms, bytes, keyOf('aws'))).toBe(true);
    expect(
      isSignedBy(
        `-----BEGIN PKCS7-----\n${cms.replaceAll(/.{64}/g, '$&\n')}\n-----END PKCS7-----\n`,
        bytes,
        keyOf('aws'),
      ),
    ).toBe(true);
    expect(isSignedBy(cms, bytes, keyOf('other'))).toBe(false);
    expect(isSignedBy(cms, Buffer.from(`${DOCUMENT} `), keyOf('aws'))).toBe(false);
  });

  it('of another document is none of this, whatever content is in it', () => {
    expect(isSignedBy(signed('forged', '-nodetach'), bytes, keyOf('aws'))).toBe(false);
    expect(isSignedBy(signed('forged', '-nodetach', '-noattr'), bytes, keyOf('aws'))).toBe(false);
  });

  it('of a weaker digest is none', () => {
    expect(isSignedBy(signed('document', '-nodetach', '-md', 'sha1'), bytes, keyOf('aws'))).toBe(false);
  });

  it('that was cut or changed anywhere is none, and throws nothing', () => {
    const cms = Buffer.from(signed('document', '-nodetach', '-nocerts'), 'base64');
    for (let at = 0; at < cms.length; at += 1) {
      expect(isSignedBy(cms.subarray(0, at).toString('base64'), bytes, keyOf('aws'))).toBe(false);
    }
    for (let at = 0; at < cms.length; at += 7) {
      const changed = Buffer.from(cms);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      expect(() => isSignedBy(changed.toString('base64'), bytes, keyOf('aws'))).not.toThrow();
    }
  });

  it.each([
    '',
    '%%%',
    'MIAG',
    Buffer.alloc(70_000, 0x30).toString('base64'),
    Buffer.alloc(400, 0x30).toString('base64'),
    Buffer.from('3080'.repeat(200), 'hex').toString('base64'),
  ])('is not what is none: %#', (text) => {
    expect(isSignedBy(text, bytes, keyOf('aws'))).toBe(false);
  });

  it('is read as far as it says, and no further', () => {
    expect(readBer(Buffer.from('300402020101', 'hex'))?.children).toHaveLength(1);
    expect(readBer(Buffer.from('30800201010000', 'hex'))?.children).toHaveLength(1);
    expect(readBer(Buffer.from('3003020101ff', 'hex'))).toBeUndefined();
    expect(readBer(Buffer.from('0480010000', 'hex'))).toBeUndefined();
    expect(readBer(Buffer.from('3084ffffffff', 'hex'))).toBeUndefined();
  });
});

const claim = (cms: string | undefined) => ({
  document: DOCUMENT,
  signature: 'AAAA',
  region,
  signedData: () => Promise.resolve(ok(cms)),
});

describe('an identity document', () => {
  it('is proven by its RSA-2048 certificate, too, and by no other', async () => {
    const cms = signed('document', '-nodetach', '-stream');
    const proof = await proveIdentity(claim(cms), join(FOLDER, 'aws.pem'));
    expect(valueOf(proof)).toBe(new X509Certificate(readFileSync(join(FOLDER, 'aws.pem'))).fingerprint256);
    for (const [given, by] of [
      [cms, 'other.pem'],
      [undefined, 'aws.pem'],
      [signed('forged', '-nodetach'), 'aws.pem'],
    ] as const) {
      expect(verdictOf(await proveIdentity(claim(given), join(FOLDER, by)))).toBe(
        'fail LF_IDENTITY_SIGNATURE',
      );
    }
  });
});
