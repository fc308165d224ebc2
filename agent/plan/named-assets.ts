import type { LayerContent } from '#config-service';
import type { Problem } from '#kit/errors.ts';
import { nearestName } from '#kit/nearest-name.ts';
import { readSheet, sheetOf, type LayerPlan, type ReadSheet } from './layer-plan.ts';

/**
 * The layers without the files that their own plans name: `schema.json` and `init.json` lie beside the properties and are
 * none. What a plan names is no properties file of its layer even when a stronger layer removes the entry: what a file is
 * must not hang on other layers.
 */
export function propertiesLayers(
  layers: readonly LayerContent[],
  read: ReadSheet = readSheet,
): readonly LayerContent[] {
  return layers.map((layer) => {
    const named = new Set(sheetOf(layer, read)?.assets.map(({ path }) => path));
    if (named.size === 0) return layer;
    return { ...layer, files: layer.files.filter(({ path }) => !named.has(path)) };
  });
}

/** Files a plan names that are not among those of its layer, or that are the plan itself. */
export function assetProblems(layer: LayerContent, { assets }: LayerPlan): readonly Problem[] {
  const plan =
    layer.files.find(({ path }) => path === 'plan.yaml' || path === 'plan.yml')?.path ?? 'plan.yaml';
  const there = layer.files.map(({ path }) => path);
  return assets
    .filter(
      ({ at, path }) => path === plan || !(there.includes(path) || (isDocument(at) && isFolder(path, there))),
    )
    .map(({ at, path, line }) => ({
      code: 'LF_PLAN_INVALID',
      message: `${at}: ${path === plan ? 'a plan cannot name itself' : missing(layer.name, path, there)}`,
      file: `${layer.name}/${plan}`,
      line,
    }));
}

/** `init` may name a folder of files. */
function isDocument(at: string): boolean {
  return /^init\..*\.document$/.test(at);
}

function isFolder(path: string, there: readonly string[]): boolean {
  return there.some((file) => file.startsWith(`${path}/`) && file.endsWith('.config'));
}

function missing(layer: string, path: string, there: readonly string[]): string {
  const [first = '', ...rest] = path.split('/');
  if (rest.length > 0 && !CONTENT_FOLDERS.has(first)) {
    return `${path} is no file of a layer: those lie in its folder, or below scripts/, templates/ or files/`;
  }
  const near = nearestName(path, there);
  return `${layer} has no file ${path}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

/** Below them a file belongs to the layer, elsewhere below it another layer begins (docs/properties.md). */
const CONTENT_FOLDERS: ReadonlySet<string> = new Set(['scripts', 'templates', 'files', '.ebextensions']);
