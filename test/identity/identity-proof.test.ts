import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proveIdentity } from '#agent/identity/identity-proof.ts';
import { signatureOf } from '#scripts/sandbox/imds/identity-document.ts';
import { SANDBOX_IDENTITY_CERTIFICATE } from '#scripts/sandbox/imds/identity-key.ts';
import { ok } from '#kit/outcome.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { DOCUMENT } from '../support/identity.ts';
import { EC_CERTIFICATE, OTHER_CERTIFICATE } from '../support/identity-certificates.ts';

const region = 'eu-west-1';
const signedData = () => Promise.resolve(ok(undefined));
const claim = { document: DOCUMENT, signature: signatureOf('signature', DOCUMENT), region, signedData };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-certificates-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(text: string, name = 'aws.pem'): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe('an identity document', () => {
  it.each([
    ['its certificate', SANDBOX_IDENTITY_CERTIFICATE],
    ['it among others', `DSA\n${EC_CERTIFICATE}\nRSA\n${OTHER_CERTIFICATE}${SANDBOX_IDENTITY_CERTIFICATE}`],
    ['it with the line ends of Windows', SANDBOX_IDENTITY_CERTIFICATE.replaceAll('\n', '\r\n')],
  ])('is proven by a file with %s', async (_, pem) => {
    expect(valueOf(await proveIdentity(claim, await file(pem)))).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it('is proven by the file of its region in a folder, and by no other', async () => {
    await file(OTHER_CERTIFICATE, 'us-east-1.pem');
    const missing = await proveIdentity(claim, `${folder}/`);
    expect(missing).toMatchObject({
      kind: 'fail',
      fault: {
        code: 'LF_IDENTITY_SIGNATURE',
        cause: `there are certificates for other regions, and no ${folder}/eu-west-1.pem`,
      },
    });
    await file(OTHER_CERTIFICATE, 'eu-west-1.pem');
    expect(verdictOf(await proveIdentity(claim, folder))).toBe('fail LF_IDENTITY_SIGNATURE');
    await file(SANDBOX_IDENTITY_CERTIFICATE, 'eu-west-1.pem');
    expect(verdictOf(await proveIdentity(claim, folder))).toBe('ok');
  });

  it.each<[string, Partial<typeof claim>]>([
    ['of another region', { document: DOCUMENT.replace('"eu-west-1"', '"us-east-1"') }],
    ['of another account', { document: DOCUMENT.replace('123456789012', '210987654321') }],
    ['with a byte more', { document: `${DOCUMENT}\n` }],
    ['with a signature of another kind', { signature: signatureOf('pkcs7', DOCUMENT) }],
    ['with half a signature', { signature: claim.signature.slice(0, 80) }],
    ['with an empty signature', { signature: '' }],
    ['with a signature that is no base64', { signature: '%%%' }],
    ['with the signature of another document', { signature: signatureOf('signature', '{}') }],
  ])('%s is not proven', async (_, change) => {
    const proof = await proveIdentity({ ...claim, ...change }, await file(SANDBOX_IDENTITY_CERTIFICATE));
    expect(verdictOf(proof)).toBe('fail LF_IDENTITY_SIGNATURE');
  });

  it('without a signature is not proven', async () => {
    const proof = await proveIdentity(
      { ...claim, signature: undefined },
      await file(SANDBOX_IDENTITY_CERTIFICATE),
    );
    expect(proof).toMatchObject({
      fault: { code: 'LF_IDENTITY_SIGNATURE', cause: expect.stringContaining('gives no signature') },
    });
  });
});

describe('certificates that cannot be used are a wrong setting, never a proof', () => {
  it.each([
    ['nothing', ''],
    ['no certificate', 'hello'],
    ['another kind of key only', EC_CERTIFICATE],
    [
      'a damaged one beside a good one',
      `${SANDBOX_IDENTITY_CERTIFICATE}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    ],
    ['more than anybody needs', SANDBOX_IDENTITY_CERTIFICATE.repeat(300)],
    ['a megabyte', ' '.repeat(1024 * 1024 + 1)],
  ])('%s', async (_, text) => {
    expect(verdictOf(await proveIdentity(claim, await file(text)))).toBe('fail LF_SETTINGS');
  });

  it('no such file, and a folder in the place of a file', async () => {
    expect(verdictOf(await proveIdentity(claim, join(folder, 'nowhere')))).toBe('fail LF_SETTINGS');
    await mkdir(join(folder, 'eu-west-1.pem'));
    expect(verdictOf(await proveIdentity(claim, folder))).toBe('fail LF_IDENTITY_SIGNATURE');
  });
});
