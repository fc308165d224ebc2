import { constants, type Dirent } from 'node:fs';
import { lstat, open, readdir, readlink, type FileHandle } from 'node:fs/promises';
import { errnoOf } from '../../kit/errno.ts';

/**
 * A folder that is held open, so that what is done in it is done there, whoever swaps a part of its path meanwhile. Node has
 * no openat(2); the kernel's own link to an open file is as good: `/proc/self/fd/N/NAME` is NAME in that very folder.
 */
export class HeldFolder {
  /** Where it lies, without links. */
  readonly path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** NAME in it; of `.`, the folder itself. */
  at(name: string): string {
    return `/proc/self/fd/${this.#handle.fd}/${name}`;
  }

  async names(): Promise<readonly string[]> {
    return readdir(this.at('.'));
  }

  async entries(): Promise<readonly Dirent[]> {
    return readdir(this.at('.'), { withFileTypes: true });
  }

  /**
   * The folder NAME in it; never through a link. @throws the errno, `ENOTDIR` for what is none.
   */
  async below(name: string): Promise<HeldFolder> {
    const handle = await open(this.at(name), HOLD);
    return new HeldFolder(this.path === '/' ? `/${name}` : `${this.path}/${name}`, handle);
  }

  /** What was done in it outlives a power cut. */
  async sync(): Promise<void> {
    const handle = await open(this.at('.'), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

export interface WalkOptions {
  /** Effective user id of this process. */
  readonly uid: number;
  /** The folder that the walk must not leave; no link is followed then. Undefined: the host's own layout is followed. */
  readonly within?: string;
}

/**
 * Walks to `path`, one held folder after the other. Links of this user and of root are the host's own layout (`/etc/nginx` on
 * a data volume); one of somebody else would have us remove a file of their choice. Within a volume none is followed: who
 * made its links is not known here.
 *
 * @returns undefined when the folder is not there.
 * @throws `UntrustedLink`, or the errno of what kept it from being found.
 */
export async function holdFolder(path: string, options: WalkOptions): Promise<HeldFolder | undefined> {
  let held = await holdRoot();
  try {
    const ahead = namesIn(path);
    for (let links = 0; ahead.length > 0;) {
      const name = ahead.shift() ?? '';
      const status = await lstat(held.at(name));
      if (status.isSymbolicLink()) {
        links += 1;
        const shown = `${held.path === '/' ? '' : held.path}/${name}`;
        if (links > MAX_LINKS) throw new UntrustedLink(`${shown} is one link too many`);
        if (options.within !== undefined)
          throw new UntrustedLink(`${shown} is a link, and none is followed on a volume`);
        if (status.uid !== options.uid && status.uid !== 0)
          throw new UntrustedLink(`${shown} is a link made by another user (uid ${status.uid})`);
        const target = await readlink(held.at(name));
        ahead.unshift(...(target.startsWith('/') ? namesIn(target) : namesIn(`${held.path}/${target}`)));
        held = await instead(held, holdRoot());
      } else if (name === '..') {
        const up = held.path.slice(0, held.path.lastIndexOf('/')) || '/';
        ahead.unshift(...namesIn(up));
        held = await instead(held, holdRoot());
      } else {
        held = await instead(held, held.below(name));
      }
    }
    return held;
  } catch (error) {
    await held.close();
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return undefined;
    throw error;
  }
}

/** On the way to a file lies a link that must not be followed; the message says which and why. */
export class UntrustedLink extends Error {
  readonly code = 'ELOOP';
}

/** As the kernel's own limit (path_resolution(7)). */
const MAX_LINKS = 40;

/** open(2), not among Node's constants: needs no permission to read the folder, only to go through it. The same on all of Linux. */
const O_PATH = 0o10000000;
const HOLD = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

async function holdRoot(): Promise<HeldFolder> {
  return new HeldFolder('/', await open('/', HOLD));
}

async function instead(before: HeldFolder, next: Promise<HeldFolder>): Promise<HeldFolder> {
  const held = await next;
  await before.close();
  return held;
}

function namesIn(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
