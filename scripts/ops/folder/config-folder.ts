import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import {
  gather,
  overLimit,
  type LayerContent,
  depthOf,
  placeLayer,
  type LayerPlace,
  regionSlips,
} from '#config-service';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import type { Problem } from '#kit/errors.ts';
import { fail, ok, type Fail, type Outcome } from '#kit/outcome.ts';
import { CONTENT_FOLDERS, nameProblem, readLayerFiles, shown } from './layer-files.ts';

/** One folder of configuration, as operators keep it in version control: all layers of all regions. */
export interface ConfigFolder {
  /** As it was given. */
  readonly path: string;
  /** Sorted by name; none without a file. */
  readonly layers: readonly FolderLayer[];
  /** What cannot be read, or has a name that no instance takes. */
  readonly problems: readonly Problem[];
  /** Folders that look like configuration and are no layer, and files that are left out: nobody would notice otherwise. */
  readonly warnings: readonly Problem[];
}

export interface FolderLayer {
  readonly place: LayerPlace;
  readonly content: LayerContent;
}

const PARALLEL_LAYERS = 8;

/** Faults: `LF_USAGE` for what is no folder, `LF_SOURCE_EMPTY` for one without a layer, `LF_OBJECT_TOO_LARGE`. */
export async function readConfigFolder(
  path: string,
  order: readonly string[],
): Promise<Outcome<ConfigFolder>> {
  const found: Found = { places: [], strays: [], problems: [] };
  let root: string;
  try {
    root = await realpath(resolve(path));
    await walk(root, '', depthOf(order), order, found);
  } catch (error) {
    return unreadable(path, error);
  }
  const read = await gather(found.places, PARALLEL_LAYERS, async (place) => {
    const content = await readLayerFiles(root, place.name);
    const sized = content.files.map(({ object, bytes }) => ({
      layer: place.name,
      object,
      size: bytes.length,
    }));
    return overLimit(sized, path) ?? ok({ place, ...content });
  });
  if (read.kind !== 'ok') return read;
  const layers = read.value.flatMap(({ place, files }) =>
    files.length === 0 ? [] : [{ place, content: { name: place.name, files } }],
  );
  const problems = [...found.problems, ...read.value.flatMap((layer) => layer.problems)];
  if (layers.length === 0 && problems.length === 0) return empty(path, order);
  return ok({
    path,
    layers: layers.toSorted((a, b) => (a.place.name < b.place.name ? -1 : 1)),
    problems,
    warnings: [
      ...found.strays.map((file) => ({
        code: 'LF_LAYER_UNKNOWN' as const,
        message: `belongs to no layer, so no instance reads it; layers are ${order.join(', ')}`,
        file: shown(file),
      })),
      ...regionSlips(layers.map(({ place }) => place)),
      ...read.value.flatMap((layer) => layer.warnings),
    ],
  });
}

interface Found {
  readonly places: LayerPlace[];
  /** Configuration files outside of every layer. */
  readonly strays: string[];
  readonly problems: Problem[];
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
    const isLink = entry.isSymbolicLink();
    if (entry.isDirectory() || (isLink && (await isFolderWithin(root, path)))) {
      if (depth === 0 || (place && CONTENT_FOLDERS.includes(entry.name))) continue;
      const named = placeLayer(path, order) && nameProblem(path);
      if (named === undefined) await walk(root, path, depth - 1, order, found);
      else found.problems.push(refusedName(path, named));
    } else if (!place && isConfiguration(entry.name, below === '')) {
      found.strays.push(path);
    } else if (isLink && !place && placeLayer(path, order)) {
      found.problems.push(strayLink(path));
    }
  }
}

/** Whether a link leads to a folder of this one: that is read as if it lay there, as `aws s3 sync` would. */
async function isFolderWithin(root: string, path: string): Promise<boolean> {
  try {
    const target = await realpath(join(root, path));
    return !`${relative(root, target)}/`.startsWith('../') && (await stat(target)).isDirectory();
  } catch {
    return false;
  }
}

function refusedName(path: string, problem: string): Problem {
  const message = `the name ${problem}, and no instance would take the release; rename it`;
  return { code: 'LF_NAME_INVALID', message, file: shown(path) };
}

function strayLink(path: string): Problem {
  const message =
    'is a link that leads to no folder within this one, so the layer would be missing; copy the folder';
  return { code: 'LF_NOT_CONFIGURATION', message, file: shown(path) };
}

/** In the root, a package.json or a pipeline's YAML is at home. */
function isConfiguration(name: string, inRoot: boolean): boolean {
  return inRoot ? name.endsWith('.properties') : /\.(properties|ya?ml|json)$/i.test(name);
}

/** `.git`, `.DS_Store`: directly in a layer they mean nothing to an instance. */
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
