import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errnoOf, errnoOrText } from '../kit/errno.ts';
import { fail, ok, retry, type Fail, type Outcome, type Retry } from '../kit/outcome.ts';
import type { LayerFile, LayerRef } from '../layers/layer.ts';
import { sha256Hex } from '../release/digest.ts';
import { completeFetch, layersOf } from './fetched.ts';
import { gather } from './gather.ts';
import { CONTENT_FOLDERS } from './layer-folder.ts';
import type { LayerSource } from './layer-source.ts';
import { MAX_PARALLEL_REQUESTS, overLimit, type SizedFile } from './limits.ts';

/**
 * A folder of this machine in the tree layout: for laptops, previews and tests. Links to files are followed while they
 * stay inside; one that leaves the folder is refused, as it would show what nobody meant to publish. Links to folders,
 * pipes and devices are no files of a layer.
 *
 * @param folder an absolute path.
 */
export function createDirectorySource(folder: string): LayerSource {
  return {
    async fetch({ layers, previous }) {
      const root = await attempt(folder, async () => ok(await realpath(folder)));
      if (root.kind !== 'ok') return root;
      const paths = await gather(layers, MAX_PARALLEL_REQUESTS, (layer) => listLayer(root.value, layer));
      if (paths.kind !== 'ok') return paths;
      const found = await gather(paths.value.flat(), MAX_PARALLEL_REQUESTS, (path) =>
        locate(root.value, path),
      );
      if (found.kind !== 'ok') return found;
      const wanted = found.value.filter((file) => file !== undefined);
      const broken = overLimit(wanted, folder);
      if (broken) return broken;
      const read = await gather(wanted, MAX_PARALLEL_REQUESTS, readWhole);
      if (read.kind !== 'ok') return read;
      const draft = {
        release: null,
        layout: 'directory',
        layers: layersOf(layers, read.value),
        etags: new Map<string, string>(),
      } as const;
      return ok(completeFetch(draft, previous));
    },
  };
}

interface Place {
  readonly layer: string;
  readonly path: string;
}

interface DirectoryFile extends Place, SizedFile {
  readonly realPath: string;
}

/** Everything that may be a file of the layer, by the rule of `belongsToLayer`. */
async function listLayer(root: string, { name }: LayerRef): Promise<Outcome<readonly Place[]>> {
  const folder = join(root, name);
  return attempt(folder, async () => {
    const direct = await readFolder(folder, false);
    const deep = await Promise.all(CONTENT_FOLDERS.map((content) => readFolder(join(folder, content), true)));
    return ok([...direct, ...deep.flat()].map((path) => ({ layer: name, path: relative(folder, path) })));
  });
}

/** Paths of all that is not a folder; none when there is no such folder. Recursion never enters a link. */
async function readFolder(folder: string, recursive: boolean): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return [];
    throw error;
  }
}

/** Follows the path to the end; undefined when no regular file is there. */
async function locate(root: string, { layer, path }: Place): Promise<Outcome<DirectoryFile | undefined>> {
  const object = join(root, layer, path);
  return attempt(object, async () => {
    const realPath = await realpath(object);
    if (`${relative(root, realPath)}/`.startsWith('../')) return leavesFolder(object, realPath);
    const status = await stat(realPath);
    return ok(status.isFile() ? { layer, path, object, realPath, size: status.size } : undefined);
  });
}

async function readWhole(file: DirectoryFile): Promise<Outcome<{ layer: string; file: LayerFile }>> {
  const { layer, path, object } = file;
  return attempt(object, async () => {
    const bytes = await readFile(file.realPath);
    return ok({ layer, file: { path, object, sha256: sha256Hex(bytes), bytes } });
  });
}

async function attempt<T>(subject: string, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await work();
  } catch (error) {
    return refusal(subject, error);
  }
}

function refusal(subject: string, error: unknown): Retry | Fail {
  const errno = errnoOf(error);
  if (errno === 'ENOENT') {
    return retry({
      code: 'LF_OBJECT_MISSING',
      operation: 'read',
      subject,
      cause: 'it is not there',
      hint: 'Check the path of the `source` setting, and links that point to nothing.',
    });
  }
  return fail({
    code: 'LF_SOURCE_DENIED',
    operation: 'read',
    subject,
    cause: `the system says ${errnoOrText(error)}`,
    hint: 'Make the folder and its files readable for the user that runs Landfall.',
  });
}

function leavesFolder(subject: string, target: string): Fail {
  return fail({
    code: 'LF_SOURCE_DENIED',
    operation: 'read',
    subject,
    cause: `the link leads out of the source, to ${target}`,
    hint: 'Copy the file into the layer instead of linking to it.',
  });
}
