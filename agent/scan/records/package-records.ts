import { existsSync, readlinkSync } from 'node:fs';
import { toSystem, type BytePath } from '../byte-path.ts';
import { condaRecord } from './conda.ts';
import { dpkgRecord } from './dpkg.ts';
import { digestOf } from './file-digest.ts';
import { mountedImages } from './mounted-images.ts';
import type { Claim, Package, PackageRecord } from './package-record.ts';
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

  standingOf(path: BytePath): Standing {
    const claims = this.#claimsOn(path).filter(({ owner }) => !this.#isOwn(owner.name));
    const [first] = claims;
    if (first === undefined) return { kind: 'unclaimed' };
    // Packages may share a file: it is as one of them installed it.
    const kept = claims.find((claim) => isKept(path, claim));
    const { owner, isConfiguration } = kept ?? first;
    return { kind: kept === undefined ? 'changed' : 'unchanged', owner, isConfiguration };
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
