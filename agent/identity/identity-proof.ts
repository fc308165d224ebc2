import { verify, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { errnoOrText } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { isSignedBy } from './signed-data.ts';

/** What the metadata service gave, to be proven. */
export interface IdentityClaim {
  /** As it came, byte for byte. */
  readonly document: string;
  /** Base64; undefined when the service has none. */
  readonly signature: string | undefined;
  readonly region: string;
  /** Asks for `rsa2048`: CMS SignedData in base64; undefined when the service has none. */
  readonly signedData: () => Promise<Outcome<string | undefined>>;
}

/** AWS publishes three for each region; somebody may keep those of all regions in one file. */
const MAX_CERTIFICATES = 256;
const MAX_BYTES = 1024 * 1024;

/**
 * Whether one of the RSA certificates at `path` vouches for the document: a file of certificates in PEM, which count in every
 * region, or a folder with a file `REGION.pem` for each. Either by `signature`, RSA and SHA-256 over the bytes of the document,
 * or by `rsa2048`, the same in CMS: AWS has a certificate for each (EC2 User Guide, "Verify the instance identity document
 * using the base64-encoded signature", and "... the RSA-2048 signature"), and which of them lie there says what counts. Dates are not looked at: at boot the
 * clock may be off, and AWS puts new certificates beside the old.
 * @returns the SHA-256 fingerprint of the certificate. Faults: `LF_IDENTITY_SIGNATURE`, `LF_SETTINGS`.
 */
export async function proveIdentity(claim: IdentityClaim, path: string): Promise<Outcome<string>> {
  const { document, signature, region, signedData } = claim;
  const file = await fileFor(path, region);
  if (file.kind !== 'ok') return file;
  const certificates = await readCertificates(file.value);
  if (certificates.kind !== 'ok') return certificates;
  if (signature === undefined) {
    const cause = 'the metadata service gives no signature of it, and certificates are set';
    return unproven(cause, 'On EC2 it always does: find out what answers in its place.');
  }
  const bytes = Buffer.from(document, 'utf8');
  const signed = Buffer.from(signature, 'base64');
  const proof = certificates.value.find(({ key }) => verify('sha256', bytes, key, signed));
  if (proof) return ok(proof.fingerprint);
  const strong = certificates.value.filter(({ key }) => isStrong(key));
  const cms = strong.length > 0 ? await signedData() : ok(undefined);
  if (cms.kind !== 'ok') return cms;
  const stronger = strong.find(({ key }) => cms.value !== undefined && isSignedBy(cms.value, bytes, key));
  if (stronger) return ok(stronger.fingerprint);
  return unproven(
    `its signature fits none of the certificates in ${file.value}`,
    `Look for what answers in the place of the metadata service, and that the file holds AWS's RSA or RSA-2048 certificate of ${region} (not DSA).`,
  );
}

/** Those for `rsa2048`: for `signature` AWS has keys of 1024 bits. */
function isStrong(key: KeyObject): boolean {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
}

async function fileFor(path: string, region: string): Promise<Outcome<string>> {
  try {
    if (!(await stat(path)).isDirectory()) return ok(path);
    const file = `${path.replace(/(.)\/+$/, '$1')}/${region}.pem`;
    const isThere = await stat(file).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isThere) return ok(file);
    return unproven(
      `there are certificates for other regions, and no ${file}`,
      `Put AWS's RSA or RSA-2048 certificate of ${region} there: EC2 User Guide, "AWS public certificates".`,
    );
  } catch (error) {
    return unusable(path, errnoOrText(error));
  }
}

interface Certificate {
  readonly key: KeyObject;
  readonly fingerprint: string;
}

/** Those of RSA keys: AWS's DSA certificates, of which the same file may have some, are for another form of signature. */
async function readCertificates(file: string): Promise<Outcome<readonly Certificate[]>> {
  try {
    if ((await stat(file)).size > MAX_BYTES) return unusable(file, `it has more than ${MAX_BYTES} bytes`);
    const text = await readFile(file, 'latin1');
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length > MAX_CERTIFICATES)
      return unusable(file, `it has more than ${MAX_CERTIFICATES} certificates`);
    const certificates = blocks.map((block) => {
      const { publicKey, fingerprint256 } = new X509Certificate(block);
      return { key: publicKey, fingerprint: fingerprint256 };
    });
    const usable = certificates.filter(({ key }) => key.asymmetricKeyType === 'rsa');
    return usable.length > 0 ? ok(usable) : unusable(file, 'it has no certificate of an RSA key in PEM');
  } catch (error) {
    return unusable(file, errnoOrText(error));
  }
}

function unproven(cause: string, hint: string): Outcome<never> {
  return fail({
    code: 'LF_IDENTITY_SIGNATURE',
    operation: 'verify',
    subject: 'the instance identity document',
    cause,
    hint,
  });
}

function unusable(path: string, cause: string): Outcome<never> {
  return fail({
    code: 'LF_SETTINGS',
    operation: 'read',
    subject: `identityCertificates ${path}`,
    cause,
    hint: "Set LANDFALL_IDENTITY_CERTIFICATES to a file of AWS's RSA certificates in PEM, or to a folder with REGION.pem for each region.",
  });
}
