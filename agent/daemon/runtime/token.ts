import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { TOKENS } from '#config-service';
import { writeFileAtomic } from '#kit/atomic-file.ts';
import { errnoOf } from '#kit/errno.ts';

/** A fresh API token for this run of the daemon, readable by its owner only. */
export async function createToken(runDir: string): Promise<string> {
  const token = newToken();
  await write(join(runDir, TOKENS.api), token, 0o600);
  return token;
}

/**
 * The token that may only read: made once and kept until the run folder is emptied, at the next boot, so that clients go on
 * over restarts of the agent. Its group may read it, which is that of the folder where that has the set-gid bit.
 * @param path where programs look for it: where it is another place, a copy.
 * @throws the errno of the file that cannot be read or written; when something else stands in its place, an error that says so.
 */
export async function keepReadToken(runDir: string, path: string, uid: number): Promise<string> {
  const own = join(runDir, TOKENS.read);
  const kept = await readKept(own, uid);
  const token = kept ?? newToken();
  if (kept === undefined) await write(own, token, 0o640);
  if (path !== own && (await readKept(path, uid)) !== token) await write(path, token, 0o640);
  return token;
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Undefined when there is none, or one that somebody else wrote or could write; never follows a link. */
async function readKept(path: string, uid: number): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    },
  );
  if (file === undefined) return undefined;
  try {
    const stat = await file.stat();
    const text = stat.isFile() && stat.size <= 64 ? await file.readFile('utf8') : 'too much';
    const token = /^([\w-]{43})\n$/.exec(text)?.[1];
    // Somebody's file, named by mistake, is not replaced.
    if (token === undefined) throw new Error('something else stands in its place');
    return stat.uid === uid && (stat.mode & 0o022) === 0 ? token : undefined;
  } finally {
    await file.close();
  }
}

async function write(path: string, token: string, mode: number): Promise<void> {
  // Under one name, so that what a kill leaves half written is gone with the next start.
  await writeFileAtomic(path, `${token}\n`, mode, { temporary: `${path}.tmp`, uid: -1, gid: -1 });
}
