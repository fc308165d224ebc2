import { basename, dirname, extname } from 'node:path';

/** What rotation puts behind a name or before its extension: a number, a date, or a word. */
const ADDED = /^[._-](?:\d[\dTZ:._-]*|old|prev|previous|bak|rotated|backup)$/i;
const PACKING = /\.(?:gz|zst)$/;

/** Whether `name` is what a rotation of `path` may have left beside it: `a.log.1`, `a-20261121.log`, `a.log.2.gz`. */
export function isRotationOf(path: string, name: string): boolean {
  const base = basename(path);
  const bare = name.replace(PACKING, '');
  if (bare === base) return name !== base;
  const extension = extname(base);
  const stem = base.slice(0, base.length - extension.length);
  if (bare.startsWith(base) && ADDED.test(bare.slice(base.length))) return true;
  return (
    extension !== '' &&
    bare.startsWith(stem) &&
    bare.endsWith(extension) &&
    ADDED.test(bare.slice(stem.length, bare.length - extension.length))
  );
}

/** Whether `path` took the place of what is now `older`: `a.log.2` that of `a.log.3`, `a.log` that of all, whatever the clock said. */
export function isNumberedBelow(path: string, older: string): boolean {
  const [stem, number] = numberedFrom(path);
  const [olderStem, olderNumber] = numberedFrom(older);
  return stem === olderStem && number < olderNumber;
}

function numberedFrom(path: string): readonly [stem: string, number: number] {
  const [, stem, number] = NUMBERED.exec(path) ?? [];
  return stem === undefined ? [path, 0] : [stem, Number(number)];
}

/** The older first, by the numbers of rotation, else by when they were written to last: a clock may be put back meanwhile (case 31). */
export function compareAge(a: Aged, b: Aged): number {
  if (isNumberedBelow(a.path, b.path)) return 1;
  if (isNumberedBelow(b.path, a.path)) return -1;
  return a.mtimeMs - b.mtimeMs;
}

interface Aged {
  readonly path: string;
  readonly mtimeMs: number;
}

/** Longer numbers are dates. */
const NUMBERED = /^(.+)\.(\d{1,3})$/;

export function packingOf(path: string): 'gzip' | 'zstd' | undefined {
  if (path.endsWith('.gz')) return 'gzip';
  return path.endsWith('.zst') ? 'zstd' : undefined;
}

/** What the names of all its rotations begin with: the path without its extension. */
export function stemOf(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}

export function folderOf(path: string): string {
  return dirname(path);
}
