import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createDirectorySource, gather, type LayerContent } from '#config-service';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import type { Problem } from '#kit/errors.ts';
import { fail, ok, type Fail, type Outcome } from '#kit/outcome.ts';
import { depthOf, placeLayer, type LayerPlace } from './layer-place.ts';

/** One folder of configuration, as operators keep it in version control: all layers of all regions. */
export interface ConfigFolder {
  /** As it was given. */
  readonly path: string;
  /** Sorted by name; none without a file. */
  readonly layers: readonly FolderLayer[];
  /** Folders that look like configuration and are no layer: a misspelt name is otherwise never noticed. */
  readonly warnings: readonly Problem[];
}

export interface FolderLayer {
  readonly place: LayerPlace;
  readonly content: LayerContent;
}

const CONTENT_FOLDERS = new Set(['scripts', 'templates', 'files']);
const PARALLEL_LAYERS = 8;

/** Faults: `LF_USAGE` for what is no folder, `LF_SOURCE_EMPTY` for one without a layer, and those of the directory source. */
export async function readConfigFolder(
  path: string,
  order: readonly string[],
  signal: AbortSignal,
): Promise<Outcome<ConfigFolder>> {
  const root = resolve(path);
  const found: Found = { places: [], strays: [] };
  try {
    await walk(root, '', depthOf(order), order, found);
  } catch (error) {
    return unreadable(path, error);
  }
  const source = createDirectorySource(root);
  const read = await gather(found.places, PARALLEL_LAYERS, async (place) => {
    const fetched = await source.fetch({ layers: [place], previous: undefined, signal });
    if (fetched.kind !== 'ok') return fetched;
    return ok({
      place,
      files: (fetched.value.layers[0]?.files ?? []).filter((file) => !isHidden(file.path)),
    });
  });
  if (read.kind !== 'ok') return read;
  const layers = read.value.flatMap(({ place, files }) =>
    files.length === 0 ? [] : [{ place, content: { name: place.name, files } }],
  );
  if (layers.length === 0) return empty(path, order);
  return ok({
    path,
    layers: layers.toSorted((a, b) => (a.place.name < b.place.name ? -1 : 1)),
    warnings: found.strays.map((file) => ({
      code: 'LF_LAYER_UNKNOWN',
      message: `belongs to no layer, so no instance reads it; layers are ${order.join(', ')}`,
      file,
    })),
  });
}

interface Found {
  readonly places: LayerPlace[];
  /** Configuration files outside of every layer. */
  readonly strays: string[];
}

async function walk(
  root: string,
  below: string,
  depth: number,
  order: readonly string[],
  found: Found,
): Promise<void> {
  const place = below === '' ? undefined : placeLayer(below, order);
  if (place) found.places.push(place);
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (isHidden(entry.name) || entry.name === 'node_modules') continue;
    if (entry.isDirectory()) {
      if (depth > 0 && !(place && CONTENT_FOLDERS.has(entry.name)))
        await walk(root, path, depth - 1, order, found);
    } else if (!place && isConfiguration(entry.name, below === '')) {
      found.strays.push(path);
    }
  }
}

/** In the root, a package.json or a pipeline's YAML is at home. */
function isConfiguration(name: string, inRoot: boolean): boolean {
  return inRoot ? name.endsWith('.properties') : /\.(properties|ya?ml|json)$/.test(name);
}

/** `.DS_Store`, `.app.properties.swp`: directly in a layer they mean nothing to an instance. */
function isHidden(path: string): boolean {
  return path.startsWith('.');
}

function unreadable(path: string, error: unknown): Fail {
  const causes: Readonly<Record<string, string>> = { ENOENT: 'it is not there', ENOTDIR: 'it is no folder' };
  return fail({
    code: 'LF_USAGE',
    operation: 'read',
    subject: path,
    cause: causes[errnoOf(error)] ?? `the system says ${errnoOrText(error)}`,
    hint: 'Name the folder that holds base/, role/ and the other layers.',
  });
}

function empty(path: string, order: readonly string[]): Fail {
  return fail({
    code: 'LF_SOURCE_EMPTY',
    operation: 'read',
    subject: path,
    cause: 'it holds no layer with a file in it',
    hint: `Name the folder that holds the layers: ${order.join(', ')}.`,
  });
}
