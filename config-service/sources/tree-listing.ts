import { fail, ok, type Outcome } from '../kit/outcome.ts';
import type { LayerRef } from '../layers/layer.ts';
import { relativePathProblem } from '../release/relative-path.ts';
import { gather } from './gather.ts';
import { belongsToLayer, keyBelow } from './layer-folder.ts';
import { MAX_PARALLEL_REQUESTS, overLimit, type SizedFile } from './limits.ts';
import type { ListedObject, ObjectStore } from './object-store.ts';

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

export interface Listing {
  /** Of the layers asked for, checked against the limits before any of them is read. */
  readonly files: readonly TreeFile[];
  /** What else the tree has, relative to it; nothing where it was not listed whole. */
  readonly others: readonly string[];
}

export type ListTree = (layers: readonly LayerRef[], signal: AbortSignal) => Promise<Outcome<Listing>>;

/** Above this the listing of the whole tree costs more than the listings of the few layers an instance has. */
export const SMALL_TREE_KEYS = 250;

/**
 * A small tree is listed whole, in one request: a LIST costs twelve times a GET. A larger one, or one whose policy opens
 * the layers but not the tree, is listed layer by layer. Which it is hangs on the tree, not on whether something changed
 * (law 7), and is found out once.
 */
export function createTreeLister({ store, prefix }: Tree): ListTree {
  const root = keyBelow(prefix, '');
  let byLayer = false;
  return async (layers, signal) => {
    if (!byLayer) {
      const whole = await store.list(root, { signal, atMost: SMALL_TREE_KEYS });
      const denied = whole.kind !== 'ok' && whole.fault.code === 'LF_SOURCE_DENIED';
      if (whole.kind !== 'ok' && !denied) return whole;
      if (whole.kind === 'ok' && whole.value.complete) {
        const { objects } = whole.value;
        const files = filesBelow(store, prefix, layers, objects);
        return checkFiles(store, prefix, files, othersOf(objects, files, root));
      }
    }
    const lists = await gather(layers, MAX_PARALLEL_REQUESTS, ({ name }) => {
      return store.list(keyBelow(prefix, `${name}/`), { signal });
    });
    if (lists.kind !== 'ok') return lists;
    byLayer = true;
    const objects = new Map(
      lists.value.flatMap((list) => list.objects).map((object) => [object.key, object]),
    );
    return checkFiles(store, prefix, filesBelow(store, prefix, layers, [...objects.values()]), []);
  };
}

function filesBelow(
  store: ObjectStore,
  prefix: string,
  layers: readonly LayerRef[],
  objects: readonly ListedObject[],
): readonly TreeFile[] {
  return layers.flatMap(({ name }) => {
    const folder = keyBelow(prefix, `${name}/`);
    return objects
      .filter(({ key }) => key.startsWith(folder) && belongsToLayer(key.slice(folder.length)))
      .map(({ key, size }) => {
        return { layer: name, path: key.slice(folder.length), key, size, object: `${store.address}/${key}` };
      });
  });
}

/** Markers of empty folders are nothing. */
function othersOf(
  objects: readonly ListedObject[],
  files: readonly TreeFile[],
  root: string,
): readonly string[] {
  const taken = new Set(files.map(({ key }) => key));
  return objects
    .filter(({ key }) => !taken.has(key) && !key.endsWith('/'))
    .map(({ key }) => key.slice(root.length));
}

function checkFiles(
  store: ObjectStore,
  prefix: string,
  files: readonly TreeFile[],
  others: readonly string[],
): Outcome<Listing> {
  for (const { path, object } of files) {
    const problem = relativePathProblem(path);
    if (problem) return unusableKey(object, problem);
  }
  return overLimit(files, `${store.address}/${prefix}`) ?? ok({ files, others });
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
