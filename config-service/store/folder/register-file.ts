import { createHash } from 'node:crypto';
import { readRegister, type RegisterRead } from './register-format.ts';
import { openRegularFile } from '../stamp/regular-file.ts';

/** In the state folder. */
export const REGISTER_NAME = 'rendered.register';

/** Far more than the plan of an instance names: some 400,000 files. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The register at `path` and the digest of it (empty for what is no regular file). One that neither this user nor root
 * owns is unreadable, whatever it says: whoever could plant it could have any file removed.
 * @throws the errno of what kept it from being read, `ENOENT` included.
 */
export async function inspectRegister(
  path: string,
  uid: number,
): Promise<RegisterRead & { readonly sha256: string }> {
  const handle = await openRegularFile(path);
  if (!handle) return unreadable('it is no regular file');
  try {
    const { size, uid: owner, mode } = await handle.stat();
    if (size > MAX_BYTES) return unreadable('it is larger than any register');
    const bytes = await handle.readFile();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (owner !== uid && owner !== 0) return unreadable(`it belongs to uid ${owner}`, sha256);
    if ((mode & 0o022) !== 0) return unreadable('others may write it', sha256);
    return { ...readRegister(bytes.toString('utf8')), sha256 };
  } finally {
    await handle.close();
  }
}

function unreadable(
  reason: string,
  sha256 = '',
): Extract<RegisterRead, { kind: 'unreadable' }> & { sha256: string } {
  return { kind: 'unreadable', reason, sha256 };
}
