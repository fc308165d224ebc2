import { createHash, hash } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readlinkSync, readSync } from 'node:fs';
import { toSystem, type BytePath } from '../bytes/byte-path.ts';
import { condaRecord } from './conda.ts';
import { dpkgRecord } from './dpkg.ts';
import type { Claim, Digest, Package, PackageRecord, Recorder } from './package-record.ts';
import { pipRecord } from './pip.ts';
import { rpmRecord } from './rpm.ts';

/** What the records on the disk say of one file: nothing, that it is as it was installed, or that it no longer is. */
export type Standing =
  | { readonly kind: 'unclaimed' }
  | { readonly kind: 'unchanged' | 'changed'; readonly owner: Package; readonly isConfiguration: boolean };

/** Where a system keeps its record, and the folders at its top that merged systems have moved below `/usr`. */
const SYSTEM_SIGNS = ['var/lib/dpkg', 'var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];
const MERGED = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** Where systems' packages put files (FHS). A record of a hundred thousand files is not read for one in `/home`. */
const SYSTEM_FOLDERS = /^(?:bin|boot|etc|lib[^/]*|opt|sbin|srv|usr|var)\//;

interface Keeper {
  readonly record: PackageRecord;
  /** Top folders of which the record may speak by another name: `usr/lib` to `lib`. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * Every record of packages above a file: of the system it belongs to, be that this host, a mounted image, or a container's
 * layer inside either, and of the folder of modules it lies in. Read when first asked for, no tool is run, and a digest is
 * taken of nothing but what is asked about.
 */
export class PackageRecords {
  readonly #images: ReadonlyMap<string, Package>;
  readonly #systems = new Map<string, readonly Keeper[]>();
  readonly #modules = new Map<string, readonly Keeper[]>();

  readonly #isOwn: (name: string) => boolean;
  #lastClaims: { readonly path: BytePath; readonly claims: readonly Claim[] } | undefined;
  #last: { readonly path: BytePath; readonly standing: Standing } | undefined;

  /**
   * @param mountinfo of this process, which tells what cannot be written to.
   * @param own names of packages that the team makes itself, and patterns of them with `*`: no record speaks for those.
   */
  constructor(mountinfo: string, own: readonly string[] = []) {
    this.#images = mountedImages(mountinfo);
    const patterns = own.map(
      (pattern) =>
        new RegExp(
          `^${pattern.replaceAll(/[$()+.?[\\\]^{|}]/g, String.raw`\$&`).replaceAll('*', '.*')}$`,
          'i',
        ),
    );
    this.#isOwn = (name) => patterns.some((pattern) => pattern.test(name));
  }

  /** Asked twice in a row of one file, it takes one digest. */
  standingOf(path: BytePath): Standing {
    if (this.#last?.path !== path) this.#last = { path, standing: this.#lookUp(path) };
    return this.#last.standing;
  }

  /** Whose records speak of the file, whatever is in it: no digest is taken. */
  recordersOf(path: BytePath): readonly Recorder[] {
    return this.#othersClaims(path).map(({ owner }) => owner.recorder);
  }

  #lookUp(path: BytePath): Standing {
    const claims = this.#othersClaims(path);
    const [first] = claims;
    if (first === undefined) return { kind: 'unclaimed' };
    // Packages may share a file: it is as one of them installed it.
    const kept = claims.find((claim) => isKept(path, claim));
    const { owner, isConfiguration } = kept ?? first;
    return { kind: kept === undefined ? 'changed' : 'unchanged', owner, isConfiguration };
  }

  #othersClaims(path: BytePath): readonly Claim[] {
    if (this.#lastClaims?.path !== path) {
      const claims = this.#claimsOn(path).filter(({ owner }) => !this.#isOwn(owner.name));
      this.#lastClaims = { path, claims };
    }
    return this.#lastClaims.claims;
  }

  #claimsOn(path: BytePath): readonly Claim[] {
    const claims: Claim[] = [];
    for (let folder = parentOf(path); ; folder = parentOf(folder)) {
      const owner = this.#images.get(folder === '' ? '/' : folder);
      if (owner !== undefined) return [{ owner, digest: undefined, isConfiguration: false }];
      const relative = path.slice(folder.length + 1);
      for (const { record, aliases } of this.#keepersOf(relative, folder)) {
        claims.push(...record.claimsOn(relative as BytePath));
        const alias = aliasOf(relative, aliases);
        if (alias !== undefined) claims.push(...record.claimsOn(alias as BytePath));
      }
      if (folder === '') return claims;
    }
  }

  #keepersOf(relative: string, folder: string): readonly Keeper[] {
    const ofModules = this.#read(folder, this.#modules, modulesIn);
    if (!SYSTEM_FOLDERS.test(relative)) return ofModules;
    return [...this.#read(folder, this.#systems, systemIn), ...ofModules];
  }

  /** Each folder is looked at once. */
  #read(
    folder: string,
    known: Map<string, readonly Keeper[]>,
    read: (folder: string) => readonly Keeper[],
  ): readonly Keeper[] {
    let keepers = known.get(folder);
    if (keepers === undefined) {
      // A folder whose name is not UTF-8 has no packages that anyone has heard of.
      keepers = typeof toSystem(folder as BytePath) === 'string' ? read(folder) : [];
      known.set(folder, keepers);
    }
    return keepers;
  }
}

function systemIn(folder: string): readonly Keeper[] {
  if (!SYSTEM_SIGNS.some((sign) => existsSync(`${folder}/${sign}`))) return [];
  const aliases = aliasesIn(folder);
  return keepersOf([dpkgRecord(folder || '/'), rpmRecord(folder || '/')], aliases);
}

function modulesIn(folder: string): readonly Keeper[] {
  return keepersOf([pipRecord(folder || '/'), condaRecord(folder || '/')], NONE);
}

function keepersOf(
  records: readonly (PackageRecord | undefined)[],
  aliases: ReadonlyMap<string, string>,
): readonly Keeper[] {
  return records.flatMap((record) => (record === undefined ? [] : [{ record, aliases }]));
}

const NONE: ReadonlyMap<string, string> = new Map();

function aliasesIn(folder: string): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const name of MERGED) {
    try {
      aliases.set(readlinkSync(`${folder}/${name}`).replace(/^\/+/, ''), name);
    } catch {
      // Not there, or a folder of its own.
    }
  }
  return aliases;
}

function aliasOf(relative: string, aliases: ReadonlyMap<string, string>): string | undefined {
  for (const [target, name] of aliases) {
    if (relative.startsWith(`${target}/`)) return name + relative.slice(target.length);
  }
  return undefined;
}

function isKept(path: BytePath, { digest }: Claim): boolean {
  return digest === undefined || digestOf(path, digest.algorithm) === digest.hex;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
/** One for all: a buffer each would cost more than the digest of most files. */
const PIECE = Buffer.allocUnsafeSlow(1 << 18);

/** Lower-case hex; undefined for what cannot be read. */
function digestOf(path: BytePath, algorithm: Digest['algorithm']): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(toSystem(path), READ);
    let length = fill(file);
    if (length < PIECE.length) return hash(algorithm, PIECE.subarray(0, length), 'hex');
    const digest = createHash(algorithm);
    for (; length > 0; length = fill(file)) digest.update(PIECE.subarray(0, length));
    return digest.digest('hex');
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** As much as there is, for a read may give less; fewer bytes than fit are the end. */
function fill(file: number): number {
  let at = 0;
  while (at < PIECE.length) {
    const length = readSync(file, PIECE, at, PIECE.length - at, null);
    if (length === 0) break;
    at += length;
  }
  return at;
}

/** File systems that cannot be written to, whoever asks. */
const READ_ONLY: ReadonlySet<string> = new Set(['squashfs', 'erofs']);
const SNAP = /^(?:\/var\/lib\/snapd)?\/snap\/([^/]+)\/([^/]+)$/;
/** Where systems put the image that they run from (Bottlerocket, Flatcar, live media). */
const SYSTEM: ReadonlySet<string> = new Set(['/', '/usr']);

/**
 * Who owns what lies below a mount point, by a `/proc/self/mountinfo`: snaps, and images of a whole system, proven block by
 * block (dm-verity) or in a form that is read-only. Any other such image may be the team's own work.
 */
function mountedImages(mountinfo: string): ReadonlyMap<string, Package> {
  const images = new Map<string, Package>();
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , point, options = ''] = before.split(' ');
    const [type = '', source = ''] = after.split(' ');
    if (point === undefined) continue;
    images.delete(point);
    if (!options.split(',').includes('ro')) continue;
    const [, name, revision] = SNAP.exec(point) ?? [];
    if (name !== undefined && revision !== undefined && READ_ONLY.has(type)) {
      images.set(point, { recorder: 'snap', name, version: revision });
    } else if (SYSTEM.has(point) && (READ_ONLY.has(type) || isVerified(source))) {
      images.set(point, { recorder: 'image', name: `system image at ${point}`, version: '' });
    }
  }
  return images;
}

/** How Flatcar and others call the device whose blocks the kernel checks. */
function isVerified(source: string): boolean {
  return source === '/dev/mapper/usr' || /^\/dev\/mapper\/.*(?:verity|vroot)/.test(source);
}
