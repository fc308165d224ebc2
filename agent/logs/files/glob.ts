import { join } from 'node:path';
import { inodeKey, type FileStat, type FileSystem } from './file-system.ts';
import { compilePath } from './path-dialect.ts';

export interface Globs {
  /** Absolute paths, with the wildcards of picomatch. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface FoundFile {
  readonly path: string;
  readonly stat: FileStat;
}

export interface Expansion {
  /** By inode: a file that several names lead to, by globs, links or hard links, is there once (case 16). */
  readonly files: ReadonlyMap<string, FoundFile>;
  /** Where a new file would appear. */
  readonly folders: ReadonlySet<string>;
  /** Paths that are there and cannot be looked at, with the errno. */
  readonly refused: ReadonlyMap<string, string>;
  /** Paths without a wildcard that are no files, and what they are. */
  readonly unfit: ReadonlyMap<string, FileStat['kind']>;
  /** Patterns that no file matches. */
  readonly unmatched: readonly string[];
}

/** Files that rotation has packed are no text; a packed file that still holds unread lines is found in `rotation.ts`. */
const PACKED = /\.(?:gz|zst|bz2|xz|lz4|lzma|zip|rar|7z|tar|tgz|Z)$/;

export function isPacked(path: string): boolean {
  return PACKED.test(path);
}

/** Looks at each pattern anew with every call. */
export type ExpandGlobs = () => Promise<Expansion>;

export function compileGlobs(globs: Globs, system: FileSystem): ExpandGlobs {
  const excluded = globs.exclude.map((pattern) => compilePath(pattern, { dot: true }).matches);
  const patterns = globs.include.map((pattern) => patternOf(pattern));
  return async () => {
    const files = new Map<string, FoundFile>();
    const folders = new Set<string>();
    const refused = new Map<string, string>();
    const unfit = new Map<string, FileStat['kind']>();
    const unmatched: string[] = [];
    for (const pattern of patterns) {
      let found = 0;
      const look = async (path: string) => {
        if (isPacked(path) || excluded.some((matches) => matches(path))) return;
        const stat = await orRefused(system.stat(path), path, refused);
        if (stat && stat.kind !== 'file' && !pattern.matches) unfit.set(path, stat.kind);
        if (stat?.kind !== 'file') return;
        found += 1;
        const known = files.get(inodeKey(stat));
        // Which of several names is told must not depend on the order of a folder.
        if (!known || path < known.path) files.set(inodeKey(stat), { path, stat });
      };
      await walk(pattern, pattern.base, 0, { system, folders, refused, look });
      if (found === 0) unmatched.push(pattern.text);
    }
    return { files, folders, refused, unfit, unmatched };
  };
}

interface Pattern {
  /** As the plan has it. */
  readonly text: string;
  readonly base: string;
  /** Undefined for the path of one file. */
  readonly matches: ((path: string) => boolean) | undefined;
  /** Levels below the base that can match. */
  readonly depth: number;
  readonly isDeep: boolean;
}

/** No pattern means to look deeper than this. */
const MOST_LEVELS = 32;

function patternOf(pattern: string): Pattern {
  const { base, isGlob, below, matches } = compilePath(pattern);
  if (!isGlob) return { text: pattern, base, matches: undefined, depth: 0, isDeep: false };
  const isDeep = below.includes('**') || /[{(][^})]*\//.test(below);
  return { text: pattern, base, matches, depth: isDeep ? MOST_LEVELS : below.split('/').length, isDeep };
}

/** What stands in a name for bytes that are no UTF-8: nothing has that name, so it cannot be opened by it. */
const NOT_UTF8 = '\uFFFD';

interface Walk {
  readonly system: FileSystem;
  readonly folders: Set<string>;
  readonly refused: Map<string, string>;
  readonly look: (path: string) => Promise<void>;
}

async function walk(pattern: Pattern, folder: string, level: number, to: Walk): Promise<void> {
  if (!pattern.matches) {
    to.folders.add(join(folder, '..'));
    await to.look(folder);
    return;
  }
  to.folders.add(folder);
  const entries = await orRefused(to.system.list(folder), folder, to.refused);
  for (const { name, kind } of entries ?? []) {
    const path = join(folder, name);
    if (name.includes(NOT_UTF8)) {
      const isMeant = kind === 'folder' ? level + 1 < pattern.depth : pattern.matches(path);
      // A name may well hold that character; this one stands for bytes that are none.
      if (isMeant && (await orRefused(to.system.stat(path), path, to.refused)) === undefined)
        to.refused.set(path, 'EILSEQ');
    }
    if (kind !== 'folder' && pattern.matches(path)) await to.look(path);
    if (level + 1 >= pattern.depth) continue;
    // Below `**` a link to a folder above would never end.
    const isFolder =
      kind === 'folder' || (kind === 'link' && !pattern.isDeep && (await isLinkToFolder(path, to)));
    if (isFolder) await walk(pattern, path, level + 1, to);
  }
}

async function isLinkToFolder(path: string, { system, refused }: Walk): Promise<boolean> {
  return (await orRefused(system.stat(path), path, refused))?.kind === 'folder';
}

async function orRefused<T>(
  work: Promise<T>,
  path: string,
  refused: Map<string, string>,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    refused.set(path, (error as NodeJS.ErrnoException).code ?? 'unknown');
    return undefined;
  }
}
