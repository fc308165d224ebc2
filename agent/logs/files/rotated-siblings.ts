import { join } from 'node:path';
import { inodeKey, type FileStat, type FileSystem, type OpenFile } from './file-system.ts';
import { hasStretch, MARKER_BYTES } from './fingerprint.ts';
import { openPacked } from './packed-file.ts';
import { compareAge, folderOf, isNumberedBelow, isRotationOf, packingOf } from './rotation-name.ts';
import type { Evidence } from './tailed-file.ts';

/** A file in the folder of another. */
export interface Sibling {
  readonly path: string;
  readonly stat: FileStat;
}

/**
 * What rotation may have left of `path` beside it, oldest first. Names may move on while they are looked at: it is looked until
 * nothing new is met, from the lowest number on, and one that is met under two names is one (case 3).
 */
export async function rotationsOf(system: FileSystem, path: string): Promise<readonly Sibling[]> {
  const found = new Map<string, Sibling>();
  for (let look = 0, before = -1; look < MOST_LOOKS && found.size > before; look += 1) {
    before = found.size;
    const names = (await listed(system, folderOf(path))).filter((name) => isRotationOf(path, name));
    const met = await statsOf(system, folderOf(path), names.toSorted(compareNumbers));
    for (const sibling of met) found.set(inodeKey(sibling.stat), sibling);
  }
  return [...found.values()].toSorted(compareFound);
}

/**
 * Where inodes are now, under whatever name of their folder. A folder is looked through once between two calls of `forget`,
 * however many files have lost their names.
 */
export class InodeSearch {
  readonly #system: FileSystem;
  readonly #seen = new Map<string, readonly Sibling[]>();

  constructor(system: FileSystem) {
    this.#system = system;
  }

  forget(): void {
    this.#seen.clear();
  }

  async find(folder: string, matches: (stat: FileStat) => boolean): Promise<Sibling | undefined> {
    const seen =
      this.#seen.get(folder) ?? (await statsOf(this.#system, folder, await listed(this.#system, folder)));
    this.#seen.set(folder, seen);
    return seen.find(({ stat }) => matches(stat));
  }

  /** What was found may have been renamed since, and its name be that of another: then the folder is looked through anew. */
  async open(folder: string, matches: (stat: FileStat) => boolean): Promise<OpenFile | undefined> {
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const found = await this.find(folder, matches);
      const file = found && (await openSibling(this.#system, found.path, matches));
      if (!found || file) return file;
      this.forget();
    }
    return undefined;
  }
}

/** For a file that is renamed again each time; the next poll goes on. */
const MOST_LOOKS = 3;

/** Opens what may be packed. Undefined, too, when `isIt` does not know it: a path may be another file's by now (case 22). */
export async function openSibling(
  system: FileSystem,
  path: string,
  isIt: (stat: FileStat) => boolean = () => true,
): Promise<OpenFile | undefined> {
  const packing = packingOf(path);
  const file = await system.open(path);
  try {
    if (file && !isIt(await file.stat())) {
      await file.close();
      return undefined;
    }
  } catch (error) {
    await file?.close();
    throw error;
  }
  return file && packing ? openPacked(file, packing) : file;
}

/** A shorter marker stands in many files, such as those with the same header (case 15). */
export function isTelling(evidence: Evidence): boolean {
  return evidence.marker.length >= MARKER_BYTES;
}

/** Whether the file at `path`, if it is the one meant, holds what was read: a copy, or the packed form. */
export async function holdsContent(
  system: FileSystem,
  path: string,
  evidence: Evidence,
  isIt?: (stat: FileStat) => boolean,
): Promise<boolean> {
  const file = await orNothing(openSibling(system, path, isIt));
  if (!file) return false;
  try {
    return (await hasStretch(file, evidence.head)) && (await hasStretch(file, evidence.marker));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/**
 * The first of `siblings` that holds it. One with little to be known by must at least be as young as the file was, and one of
 * which nothing was read as large, unless it was seen how it begins.
 */
export async function findContent(
  system: FileSystem,
  siblings: readonly Sibling[],
  wanted: { readonly evidence: Evidence; readonly mtimeMs: number; readonly size: number },
): Promise<Sibling | undefined> {
  const { evidence, mtimeMs, size } = wanted;
  for (const { path, stat } of siblings) {
    const isYoung = stat.mtimeMs >= mtimeMs;
    const isKnown = evidence.marker.length > 0 || evidence.head.length >= MARKER_BYTES;
    const mayBe = isTelling(evidence) || (isYoung && (isKnown || stat.size >= size));
    const isIt = (found: FileStat) => inodeKey(found) === inodeKey(stat);
    if (mayBe && (await holdsContent(system, path, evidence, isIt))) return { path, stat };
  }
  return undefined;
}

/**
 * Files that came after one that was rotated, and were rotated away themselves before anybody looked (cases 3, 21): what was
 * written to it last is not younger than they are, or, when the clock was put back meanwhile, their numbers are lower (case 31).
 */
export function successorsOf(
  siblings: readonly Sibling[],
  { path, key, mtimeMs }: { readonly path: string; readonly key?: string; readonly mtimeMs: number },
  isKnown: (key: string) => boolean,
): readonly Sibling[] {
  const self = siblings.find(({ stat }) => inodeKey(stat) === key)?.path ?? path;
  return siblings.filter(
    (sibling) =>
      sibling.path !== path &&
      (sibling.stat.mtimeMs >= mtimeMs || isNumberedBelow(sibling.path, self)) &&
      !isKnown(inodeKey(sibling.stat)),
  );
}

async function listed(system: FileSystem, folder: string): Promise<readonly string[]> {
  const entries = (await orNothing(system.list(folder))) ?? [];
  return entries.filter(({ kind }) => kind === 'file').map(({ name }) => name);
}

async function statsOf(
  system: FileSystem,
  folder: string,
  names: readonly string[],
): Promise<readonly Sibling[]> {
  const siblings: Sibling[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const stat = await orNothing(system.stat(path));
    if (stat?.kind === 'file') siblings.push({ path, stat });
  }
  return siblings;
}

/** The older first. */
export function compareFound(a: Sibling, b: Sibling): number {
  return compareAge({ path: a.path, ...a.stat }, { path: b.path, ...b.stat });
}

/** `a.2` before `a.10`, without a collator: there may be thousands. */
function compareNumbers(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  return await work.catch(() => undefined);
}
