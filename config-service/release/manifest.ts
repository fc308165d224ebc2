import { isRecord } from '../kit/is-record.ts';
import { isSha256Hex, sha256Hex } from './digest.ts';
import { isIsoTime } from '../kit/iso-time.ts';
import type { ProblemList } from './problem-list.ts';
import { relativePathProblem } from './relative-path.ts';
import { canonicalSignatures, parseSignatures, type ReleaseSignature } from './signature.ts';
import { canonicalObjects, parseObjects, type VouchedObjects } from './vouched-objects.ts';

/** One immutable set of layers. */
export interface Release {
  /** Sorts in order of publication, such as `20261121T032100Z-3f9a1c07` (`releaseIdOf`). */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly message?: string;
  readonly layers: ReadonlyMap<string, readonly ReleaseFile[]>;
  /** What lies elsewhere and is fetched on the word of a plan in these layers. */
  readonly objects?: VouchedObjects;
  /** Who vouches for all of the above in this region (`signing.ts`). */
  readonly signatures?: readonly ReleaseSignature[];
}

export interface ReleaseFile {
  /** Relative to the layer's folder. */
  readonly path: string;
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** The key of a file's content below the prefix. Per layer, so that IAM can keep roles apart. */
export function objectKey(layer: string, sha256: string): string {
  return `objects/${layer}/${sha256}`;
}

/**
 * The name of a release: when, and which content, so that names sort by time and two different sets of layers never
 * share one. Pass what is to have one name: the layers and objects of all regions give a release the same name in each.
 *
 * @param createdAt ISO 8601, UTC.
 */
export function releaseIdOf(
  createdAt: string,
  layers: Release['layers'],
  objects: VouchedObjects = new Map(),
): string {
  const time = createdAt.replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  const content = [canonicalLayers(layers), ...(objects.size > 0 ? [canonicalObjects(objects)] : [])];
  return `${time}-${sha256Hex(content.map((part) => JSON.stringify(part)).join('\n')).slice(0, 8)}`;
}

/** Names the release with everything it says, signatures included. Lower-case hex. */
export function releaseDigest(release: Release): string {
  return sha256Hex(JSON.stringify(canonicalRelease(release)));
}

/** The release with fields, layers, and files in a fixed order: equal releases print as equal bytes. */
export function canonicalRelease(release: Release): object {
  const { id, createdAt, message, layers, objects, signatures = [] } = release;
  return {
    id,
    createdAt,
    ...(message === undefined ? {} : { message }),
    layers: canonicalLayers(layers),
    ...(objects && objects.size > 0 ? { objects: canonicalObjects(objects) } : {}),
    ...(signatures.length > 0 ? { signatures: canonicalSignatures(signatures) } : {}),
  };
}

/** fromEntries defines keys, so that a layer called __proto__ stays a key like any other. */
function canonicalLayers(layers: Release['layers']): object {
  const sorted = [...layers].toSorted(([a], [b]) => byCodeUnit(a, b));
  return Object.fromEntries(sorted.map(([name, files]) => [name, { files: canonicalFiles(files) }]));
}

function canonicalFiles(files: readonly ReleaseFile[]): readonly ReleaseFile[] {
  return files
    .toSorted((a, b) => byCodeUnit(a.path, b.path))
    .map(({ path, sha256, size }) => ({ path, sha256, size }));
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A name stands in keys of S3 and on terminals. */
export function isReleaseName(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id);
}

/** Reads `{id, createdAt, message?, layers, objects?, signatures?}`; undefined when a part is missing. Every problem lands in `problems`. */
export function parseRelease(value: unknown, place: string, problems: ProblemList): Release | undefined {
  if (!isRecord(value)) {
    problems.add(place, 'is missing or not an object');
    return undefined;
  }
  const { id, createdAt, message } = value;
  if (typeof id !== 'string' || !isReleaseName(id)) {
    problems.add(`${place}.id`, 'is no release name (letters, digits, "." "_" "-", at most 128)');
    return undefined;
  }
  if (typeof createdAt !== 'string' || !isIsoTime(createdAt)) {
    problems.add(`${place}.createdAt`, 'is no ISO 8601 time in UTC');
    return undefined;
  }
  if (message !== undefined && typeof message !== 'string')
    problems.add(`${place}.message`, 'is not a string');
  const layers = parseLayers(value['layers'], `${place}.layers`, problems);
  const objects = parseObjects(value['objects'], `${place}.objects`, problems);
  const signatures = parseSignatures(value['signatures'], `${place}.signatures`, problems);
  return {
    id,
    createdAt,
    ...(typeof message === 'string' ? { message } : {}),
    layers,
    ...(objects.size > 0 ? { objects } : {}),
    ...(signatures.length > 0 ? { signatures } : {}),
  };
}

function parseLayers(value: unknown, place: string, problems: ProblemList): Map<string, ReleaseFile[]> {
  const layers = new Map<string, ReleaseFile[]>();
  if (!isRecord(value)) {
    problems.add(place, 'is missing or not an object');
    return layers;
  }
  for (const [name, layer] of Object.entries(value)) {
    const here = `${place}[${JSON.stringify(name)}]`;
    const nameProblem = relativePathProblem(name);
    if (nameProblem) problems.add(here, `is no layer: the name ${nameProblem}`);
    const files = isRecord(layer) ? layer['files'] : undefined;
    if (Array.isArray(files)) layers.set(name, parseFiles(files, `${here}.files`, problems));
    else problems.add(`${here}.files`, 'is missing or not a list');
  }
  return layers;
}

function parseFiles(values: readonly unknown[], place: string, problems: ProblemList): ReleaseFile[] {
  const files = new Map<string, ReleaseFile>();
  for (const [index, value] of values.entries()) {
    const here = `${place}[${index}]`;
    const file = parseFile(value, here, problems);
    if (!file) continue;
    if (files.has(file.path)) problems.add(`${here}.path`, `${JSON.stringify(file.path)} stands here twice`);
    files.set(file.path, file);
  }
  return [...files.values()];
}

function parseFile(value: unknown, place: string, problems: ProblemList): ReleaseFile | undefined {
  if (!isRecord(value)) {
    problems.add(place, 'is not an object');
    return undefined;
  }
  const { path, sha256, size } = value;
  const pathProblem = typeof path === 'string' ? relativePathProblem(path) : 'is missing or not a string';
  if (pathProblem) problems.add(`${place}.path`, pathProblem);
  const digestIsGood = typeof sha256 === 'string' && isSha256Hex(sha256);
  if (!digestIsGood) problems.add(`${place}.sha256`, 'is not 64 lower-case hex digits');
  const sizeIsGood = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  if (!sizeIsGood) problems.add(`${place}.size`, 'is not a number of bytes');
  if (typeof path !== 'string' || !digestIsGood || !sizeIsGood) return undefined;
  return { path, sha256, size };
}
