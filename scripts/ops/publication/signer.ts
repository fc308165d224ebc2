import { readFile } from 'node:fs/promises';
import { signerOfPem, type ReleaseSigner } from '#config-service';
import type { OpsContext } from '../console/context.ts';
import { createKmsSigner } from './kms-signer.ts';
import { usage, valueOf } from '../console/options.ts';

/**
 * What `--sign` names: a key file, or `kms:` and a key id, alias or ARN. An ARN says its own region; anything else is
 * looked for in each region that is published to, so that a multi-region key or one alias serves all.
 * @throws LandfallError `LF_USAGE`, `LF_SIGNING`.
 */
export async function readSigner(sign: string, region: string, context: OpsContext): Promise<ReleaseSigner> {
  if (sign.startsWith('kms:')) return createKmsSigner(sign.slice('kms:'.length), region, context);
  return valueOf(signerOfPem(await readKey(sign)));
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw usage(`--sign ${file}`, 'there is no such readable file', 'Name a private key in PEM, or kms:KEY.');
  }
}
