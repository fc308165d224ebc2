import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gather, relativePathProblem, sha256Hex, type LayerFile } from '#config-service';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import type { FaultCode, Problem } from '#kit/errors.ts';
import { ok } from '#kit/outcome.ts';

/** The folders of a layer whose content belongs to it, at any depth. */
export const CONTENT_FOLDERS: readonly string[] = ['scripts', 'templates', 'files', '.ebextensions'];

/** What lies in the folder of one layer: what can be read, and everything that cannot, at once. */
export interface LayerFiles {
  readonly files: readonly LayerFile[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

const PARALLEL_READS = 16;

/**
 * Reads a layer as the directory source does, except that nothing ends it: an agent stops at the first file it cannot read,
 * an operator wants to hear of all. What an editor left behind is not taken.
 */
export async function readLayerFiles(root: string, layer: string): Promise<LayerFiles> {
  const paths = await listFiles(root, layer);
  const read = await gather(paths, PARALLEL_READS, async (path) => ok(await readOne(root, layer, path)));
  const parts = read.kind === 'ok' ? read.value : [];
  return {
    files: parts.flatMap(({ file }) => file ?? []),
    problems: parts.flatMap(({ problem }) => problem ?? []),
    warnings: parts.flatMap(({ warning }) => warning ?? []),
  };
}

/** Why no agent takes a file or folder of this name. One rule for what is linted, published and read from a manifest. */
export function nameProblem(path: string): string | undefined {
  // What Node puts for bytes that are no UTF-8: no object key and no JSON could hold the name.
  if (path.includes('\uFFFD')) return 'is not UTF-8';
  return relativePathProblem(path);
}

interface Part {
  readonly file?: LayerFile;
  readonly problem?: Problem;
  readonly warning?: Problem;
}

/** A dot file directly in a layer means nothing to an instance. */
async function listFiles(root: string, layer: string): Promise<readonly string[]> {
  const folder = join(root, layer);
  const direct = await list(folder, false);
  const deep = await Promise.all(CONTENT_FOLDERS.map((content) => list(join(folder, content), true)));
  return [
    ...direct.filter((path) => !CONTENT_FOLDERS.includes(path) && !path.startsWith('.')),
    ...deep.flatMap((paths, index) => paths.map((path) => `${CONTENT_FOLDERS[index]}/${path}`)),
  ];
}

async function list(folder: string, recursive: boolean): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return [];
    throw error;
  }
}

async function readOne(root: string, layer: string, path: string): Promise<Part> {
  const file = `${layer}/${path}`;
  const refused = (code: FaultCode, message: string): Part => ({
    problem: { code, message, file: shown(file) },
  });
  const warned = (code: FaultCode, message: string): Part => ({
    warning: { code, message, file: shown(file) },
  });
  const leftover = leftoverOf(path);
  if (leftover !== undefined) return warned('LF_FILE_UNREAD', `${leftover}; it is left out`);
  const named = nameProblem(path);
  if (named !== undefined) {
    return refused('LF_NAME_INVALID', `the name ${named}, and no instance would take the release; rename it`);
  }
  try {
    const object = join(root, file);
    const target = await realpath(object);
    if (`${relative(root, target)}/`.startsWith('../')) {
      return refused('LF_NOT_CONFIGURATION', `the link leads out of the folder, to ${target}; copy the file`);
    }
    const status = await stat(target);
    if (status.isDirectory()) {
      // Directly in a layer it may be another layer's folder, and those are followed.
      return path.includes('/')
        ? warned('LF_FILE_UNREAD', 'is a link to a folder, and what is in it is not read; copy the folder')
        : {};
    }
    if (!status.isFile()) {
      return warned('LF_FILE_UNREAD', 'is a pipe, a socket or a device, and not read; remove it');
    }
    const bytes = await readFile(target);
    return { file: { path, object, sha256: sha256Hex(bytes), bytes } };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return refused('LF_NOT_CONFIGURATION', 'is a link to nothing; mend or remove it');
    if (errno === 'ELOOP')
      return refused('LF_NOT_CONFIGURATION', 'is a link that leads to itself; remove it');
    return refused('LF_NOT_CONFIGURATION', `cannot be read here: the system says ${errnoOrText(error)}`);
  }
}

/** A path for a message: a control character would be one in a terminal. */
export function shown(file: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  return file.replaceAll(/[\u0000-\u001f\u007f]/g, (letter) => JSON.stringify(letter).slice(1, -1));
}

/** What editors, merges and file managers leave beside a file: by its name, and never meant for an instance. */
const LEFTOVERS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/~$/, 'is the copy that an editor keeps'],
  [/^#.*#$/, 'is the copy that an editor keeps'],
  [/^\.#/, 'is the lock of an editor'],
  [/^\..*\.sw[a-p]$/, 'is the swap file of an editor'],
  [/\.(orig|rej)$/, 'is what a merge or a patch left'],
  [/^(\.DS_Store|\._.*|Thumbs\.db|desktop\.ini)$/, 'is what a file manager left'],
];

/** Kept on purpose somewhere below `files/`, perhaps; beside the properties it is a copy. */
const COPIES = /\.(bak|old|save|tmp|dpkg-(old|dist|new)|rpm(save|new|orig))$/;

/** What kind of leftover it is, in words; undefined for any other file. `path` is relative to its layer. */
function leftoverOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const known = LEFTOVERS.find(([pattern]) => pattern.test(name))?.[1];
  return known ?? (path === name && COPIES.test(name) ? 'is a copy of an earlier file' : undefined);
}
