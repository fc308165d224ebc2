import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeFileAtomic } from '#kit/atomic-file.ts';

/** A fresh API token for this run of the daemon, readable by its owner only. */
export async function createToken(runDir: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const path = join(runDir, 'token');
  // Under one name, so that what a kill leaves half written is gone with the next start.
  await writeFileAtomic(path, `${token}\n`, 0o600, { temporary: `${path}.tmp`, uid: -1, gid: -1 });
  return token;
}
