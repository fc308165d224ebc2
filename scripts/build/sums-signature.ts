import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signerOfPem } from '#config-service';
import { LandfallError } from '#kit/errors.ts';

/**
 * Signs SHA256SUMS as it lies there, with a key such as releases are signed with, so that openssl can verify it. What a release is
 * signed with says so in itself (`releaseStatement`): a signature of one is never one of the other.
 * @param pem a private Ed25519 key. Gives the name of the file beside it. @throws LandfallError `LF_USAGE`: it is none.
 */
export async function signSums(folder: string, pem: string): Promise<string> {
  const signer = signerOfPem(pem);
  if (signer.kind !== 'ok') throw new LandfallError(signer.fault);
  const name = 'SHA256SUMS.sig';
  writeFileSync(join(folder, name), await signer.value.sign(readFileSync(join(folder, 'SHA256SUMS'))));
  return name;
}
