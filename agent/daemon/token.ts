import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeFileAtomic } from '#kit/atomic-file.ts';

/** A fresh API token for this run of the daemon, readable by its owner only. */
export async function createToken(runDir: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await writeFileAtomic(join(runDir, 'token'), `${token}\n`, 0o600);
  return token;
}
