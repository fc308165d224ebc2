import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  opendirSync,
  readlinkSync,
  statSync,
  type Dirent,
} from 'node:fs';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import { bytePathOf } from '../../scan/bytes/byte-path.ts';
import { PackageRecords } from '../../scan/records/package-records.ts';

/** What one examination may cost, whatever lies on the disk. What is left out is in `HostRoot.unread`. */
export const HOST_LIMITS = {
  /** Nothing that configures a host is larger. Bytes. */
  fileBytes: 2 ** 20,
  totalBytes: 128 * 2 ** 20,
  files: 20_000,
  folderEntries: 10_000,
  /** Folders below each other that `**` goes into. */
  depth: 5,
  /** As the kernel's own limit, against links in a circle. */
  links: 40,
} as const;

export type HostLimits = { readonly [Name in keyof typeof HOST_LIMITS]: number };

export interface UnreadFile {
  readonly path: string;
  readonly cause: string;
}

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * The file system below one folder, read as if that folder were `/`: a link of a mounted image leads to what it would on
 * the image's own instance and never to a file of this host. Paths given and returned are inside the root. Only regular
 * files are opened.
 */
export class HostRoot {
  readonly unread: UnreadFile[] = [];
  readonly #root: string;
  readonly #limits: HostLimits;
  readonly #unreadPaths = new Set<string>();
  #records: PackageRecords | undefined;
  #files = 0;
  #bytes = 0;

  constructor(root: string, limits: HostLimits = HOST_LIMITS) {
    this.#root = root.replace(/\/+$/, '');
    this.#limits = limits;
  }

  /** What the packages on this disk record of a file; for people, with a comma in front. Empty where none speaks of it. */
  recordOf(path: string): string {
    this.#records ??= new PackageRecords('');
    const standing = this.#records.standingOf(bytePathOf(this.shown(path)));
    if (standing.kind === 'unclaimed') return '';
    const owner = `${standing.owner.name} ${standing.owner.version}`.trim();
    return standing.kind === 'unchanged'
      ? `, as ${owner} installed it`
      : `, changed since ${owner} was installed`;
  }

  /** The path as this host knows it, for people to paste. */
  shown(path: string): string {
    return `${this.#root}${path}`;
  }

  /** Files and folders that match, links resolved, each once. `*` stands for a part of a name, `**` for any folders. */
  find(pattern: string): readonly string[] {
    return [...new Set(this.#expand('', pattern.split('/').filter(Boolean), this.#limits.depth))];
  }

  get isFolder(): boolean {
    return statSync(this.#root || '/', { throwIfNoEntry: false })?.isDirectory() ?? false;
  }

  exists(path: string): boolean {
    return this.#real(path) !== undefined;
  }

  /** The whole content, or its first `headBytes`; undefined for what is no regular file, too large or may not be read. */
  read(path: string, headBytes?: number): Buffer | undefined {
    const real = this.#real(path);
    if (real === undefined) return undefined;
    if (this.#files >= this.#limits.files || this.#bytes >= this.#limits.totalBytes) {
      return this.#leaveOut(real, 'the limit of one examination is reached');
    }
    try {
      return this.#open(real, headBytes);
    } catch (error) {
      return this.#leaveOut(real, errnoOrText(error));
    }
  }

  #open(path: string, headBytes: number | undefined): Buffer | undefined {
    const file = openSync(this.shown(path), READ);
    try {
      if (!fstatSync(file).isFile()) return undefined;
      const most = headBytes ?? this.#limits.fileBytes;
      // One byte more tells a file that ends there from one that goes on; sizes of /proc are 0, so it is read, not asked.
      const bytes = readUpTo(file, most + 1);
      this.#files += 1;
      this.#bytes += bytes.length;
      if (bytes.length <= most) return bytes;
      return headBytes === undefined
        ? this.#leaveOut(path, `larger than ${this.#limits.fileBytes} bytes`)
        : bytes.subarray(0, most);
    } finally {
      closeSync(file);
    }
  }

  #leaveOut(path: string, cause: string): undefined {
    if (this.#unreadPaths.has(path)) return;
    this.#unreadPaths.add(path);
    this.unread.push({ path: this.shown(path), cause });
  }

  *#expand(folder: string, pattern: readonly string[], depth: number): Generator<string> {
    const [part, ...rest] = pattern;
    if (part === undefined) {
      yield folder;
    } else if (part === '**') {
      yield* this.#expand(folder, rest, depth);
      if (depth === 0) return;
      for (const name of this.#names(folder, (entry) => entry.isDirectory())) {
        yield* this.#expand(`${folder}/${name}`, pattern, depth - 1);
      }
    } else if (part.includes('*')) {
      const matches = matcherOf(part);
      for (const name of this.#names(folder, (entry) => matches.test(entry.name))) {
        yield* this.#step(`${folder}/${name}`, rest, depth);
      }
    } else {
      yield* this.#step(`${folder}/${part}`, rest, depth);
    }
  }

  *#step(path: string, rest: readonly string[], depth: number): Generator<string> {
    const real = this.#real(path);
    if (real !== undefined) yield* this.#expand(real, rest, depth);
  }

  #names(folder: string, wanted: (entry: Dirent) => boolean): readonly string[] {
    try {
      return this.#entries(folder)
        .filter(wanted)
        .map(({ name }) => name)
        .toSorted();
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) this.#leaveOut(folder, errnoOrText(error));
      return [];
    }
  }

  /** One by one: somewhere a folder of millions waits to be read whole. */
  #entries(folder: string): readonly Dirent[] {
    using open = opendirSync(this.shown(folder) || '/');
    const entries: Dirent[] = [];
    for (let entry = open.readSync(); entry !== null; entry = open.readSync()) {
      if (entries.length === this.#limits.folderEntries) {
        this.#leaveOut(folder, `more than ${this.#limits.folderEntries} entries`);
        break;
      }
      entries.push(entry);
    }
    return entries;
  }

  /** Without links; undefined where nothing is, or nothing may be seen. The kernel would follow an absolute link out of the root. */
  #real(path: string): string | undefined {
    const waiting = partsOf(path);
    let at = '';
    for (let links = 0; waiting.length > 0;) {
      const part = waiting.pop() ?? '';
      if (part === '..') {
        at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
        continue;
      }
      const next = `${at}/${part}`;
      const target = this.#linkAt(next);
      if (target === undefined) return undefined;
      if (target === '') {
        at = next;
        continue;
      }
      links += 1;
      if (links > this.#limits.links) return undefined;
      if (target.startsWith('/')) at = '';
      waiting.push(...partsOf(target));
    }
    return at;
  }

  /** Where the link leads; empty for what is no link, undefined for nothing. */
  #linkAt(path: string): string | undefined {
    try {
      const status = lstatSync(this.shown(path), { throwIfNoEntry: false });
      if (status === undefined) return undefined;
      return status.isSymbolicLink() ? readlinkSync(this.shown(path)) : '';
    } catch (error) {
      // What may not be seen is all of the folder, and is said once.
      return this.#leaveOut(path.slice(0, path.lastIndexOf('/')) || '/', errnoOrText(error));
    }
  }
}

function matcherOf(part: string): RegExp {
  const escaped = part.split('*').map((text) => text.replaceAll(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('.*')}$`, 's');
}

/** Innermost first, to be taken from the end. */
function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .toReversed();
}

function readUpTo(file: number, most: number): Buffer {
  const pieces: Buffer[] = [];
  let total = 0;
  while (total < most) {
    const piece = Buffer.allocUnsafe(Math.min(64 * 1024, most - total));
    const length = readSync(file, piece, 0, piece.length, null);
    if (length === 0) break;
    pieces.push(piece.subarray(0, length));
    total += length;
  }
  return Buffer.concat(pieces, total);
}
