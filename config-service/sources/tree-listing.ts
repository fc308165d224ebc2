import { fail, ok, type Outcome } from '../kit/outcome.ts';
import type { LayerRef } from '../layers/layer.ts';
import { relativePathProblem } from '../release/relative-path.ts';
import { gather } from './gather.ts';
import { belongsToLayer, keyBelow } from './layer-folder.ts';
import { MAX_PARALLEL_REQUESTS, overLimit, type SizedFile } from './limits.ts';
import type { ObjectStore } from './object-store.ts';

/** An object of a tree that is a file of one of the layers asked for. */
export interface TreeFile extends SizedFile {
  readonly path: string;
  readonly key: string;
}

/** Where a tree lies. The prefix has no slash at either end and may be empty. */
export interface Tree {
  readonly store: ObjectStore;
  readonly prefix: string;
}

/** One LIST for each layer, side by side; what is listed is checked against the limits before any of it is read. */
export async function listTree(
  { store, prefix }: Tree,
  layers: readonly LayerRef[],
  signal: AbortSignal,
): Promise<Outcome<readonly TreeFile[]>> {
  const lists = await gather(layers, MAX_PARALLEL_REQUESTS, async ({ name }) => {
    const folder = keyBelow(prefix, `${name}/`);
    const listed = await store.list(folder, signal);
    if (listed.kind !== 'ok') return listed;
    return ok(
      listed.value
        .map(({ key, size }) => ({ layer: name, path: key.slice(folder.length), key, size }))
        .filter(({ path }) => belongsToLayer(path))
        .map((file) => ({ ...file, object: `${store.address}/${file.key}` })),
    );
  });
  if (lists.kind !== 'ok') return lists;
  const files = lists.value.flat();
  for (const { path, object } of files) {
    const problem = relativePathProblem(path);
    if (problem) return unusableKey(object, problem);
  }
  return overLimit(files, `${store.address}/${prefix}`) ?? ok(files);
}

function unusableKey(object: string, problem: string): Outcome<never> {
  return fail({
    code: 'LF_SOURCE_MALFORMED',
    operation: 'read',
    subject: object,
    cause: `its path below the layer ${problem}`,
    hint: 'Rename or delete the object: a layer holds ordinary files and folders only.',
  });
}
