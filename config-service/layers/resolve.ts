import type { Problem } from '../kit/errors.ts';
import type { ParsedFile } from '../properties/entry.ts';
import { isPropertiesFile, parseFile } from '../properties/parse-file.ts';
import type { Assignment, Chains } from './assignment.ts';
import { digestOf } from './digest.ts';
import type { Effective, Property, Removal, Shadowed } from './effective.ts';
import { type Interpolation, interpolate, type Surroundings } from './interpolate.ts';
import type { LayerContent, LayerFile } from './layer.ts';
import { inForce, merge, takenAway } from './merge.ts';
import { OVERRIDE_LAYER } from './order.ts';
import { chainsOfLayer, type ParsedLayer, type ParsedLayerFile } from './parsed-layer.ts';

export interface ResolveInput extends Surroundings {
  /** Weakest first, as selected for this instance and fetched. Absent layers have no files. */
  readonly layers: readonly LayerContent[];
  /** Stronger than every layer. Of two with one key the later counts. */
  readonly overrides: readonly Override[];
  /** Reads one file; `path` is the name that problems show. Default: no memory (see `createParseMemory`). */
  readonly parse?: ParseLayerFile;
}

export type ParseLayerFile = (path: string, file: LayerFile) => ParsedFile;

/** A property that an operator sets at run time. */
export interface Override {
  readonly key: string;
  readonly value: string;
  /** What `explain` shows as the address, such as who set it and until when. `override` when left out. */
  readonly object?: string;
}

export type Resolution =
  | {
      readonly kind: 'resolved';
      readonly effective: Effective;
      /** Keys that layers set and a stronger one takes away. */
      readonly removed: ReadonlyMap<string, Removal>;
      /** See `digestOf`. */
      readonly digest: string;
      /** One for each of `ResolveInput.layers`, in that order. */
      readonly layers: readonly ResolvedLayer[];
      /** Nothing that stops a generation, but worth a look: lint findings, defaults of facts that do not exist. */
      readonly warnings: readonly Problem[];
    }
  /** Sorted by file and line; never empty. */
  | { readonly kind: 'rejected'; readonly problems: readonly Problem[] };

export interface ResolvedLayer {
  readonly name: string;
  /** The properties files, sorted by path. */
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly keys: number }[];
  readonly keys: number;
}

/**
 * From the bytes of the layers to the configuration in force: parse, merge, interpolate. A function of its input alone:
 * neither the order of files within a layer nor anything outside counts. Accepted whole or rejected whole, with every
 * problem found. Files that are no properties (`plan.yaml`, `scripts/`, `templates/`, `files/`) do not matter here.
 */
export function resolve(input: ResolveInput): Resolution {
  const readings = input.layers.map((layer) => readLayer(layer, input.parse ?? parseAnew));
  const layers = [...readings.map((reading) => reading.parsed), overrideLayer(input.overrides)];
  const stacked = layers.map(chainsOfLayer);
  const problems = [...readings, ...stacked].flatMap((step) => step.problems);
  // The keys of an unreadable file are unknown: every reference to them would be reported as a mistake it is not.
  if (readings.some((reading) => reading.problems.length > 0)) return rejected(problems);

  const merged = merge(stacked.map((layer) => layer.chains));
  const chains = inForce(merged);
  const keys = [...chains.keys()].toSorted();
  const interpolation = interpolate(chains, keys, input);
  problems.push(...interpolation.problems);
  if (problems.length > 0) return rejected(problems);

  const effective = effectiveOf(chains, keys, interpolation);
  return {
    kind: 'resolved',
    effective,
    removed: chains.size === merged.size ? NOTHING : takenAway(merged, chains),
    digest: digestOf(effective),
    layers: readings.map((reading) => reading.report),
    warnings: inPlaceOrder([...readings.flatMap((reading) => reading.warnings), ...interpolation.warnings]),
  };
}

interface LayerReading {
  readonly parsed: ParsedLayer;
  readonly report: ResolvedLayer;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

function readLayer(layer: LayerContent, parse: ParseLayerFile): LayerReading {
  const files: ParsedLayerFile[] = [];
  const reports: { path: string; sha256: string; keys: number }[] = [];
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const file of layer.files.filter(({ path }) => isPropertiesFile(path)).toSorted(byPath)) {
    const parsed = parse(`${layer.name}/${file.path}`, file);
    if (parsed.kind === 'rejected') {
      problems.push(...parsed.problems);
      continue;
    }
    const { path, object, sha256 } = file;
    files.push({ path, object, entries: parsed.entries });
    reports.push({ path, sha256, keys: parsed.entries.length });
    warnings.push(...parsed.warnings);
  }
  const keys = reports.reduce((sum, file) => sum + file.keys, 0);
  return {
    parsed: { name: layer.name, files },
    report: { name: layer.name, files: reports, keys },
    problems,
    warnings,
  };
}

function parseAnew(path: string, file: LayerFile): ParsedFile {
  return parseFile(path, file.bytes);
}

function overrideLayer(overrides: readonly Override[]): ParsedLayer {
  const files = overrides.map(({ key, value, object }) => ({
    path: OVERRIDE_LAYER,
    object: object ?? OVERRIDE_LAYER,
    entries: [{ key, value, line: 1, column: 1 }],
  }));
  return { name: OVERRIDE_LAYER, files };
}

function effectiveOf(chains: Chains, keys: readonly string[], { computed }: Interpolation): Effective {
  const effective = new Map<string, Property>();
  for (const key of keys) {
    const chain = chains.get(key);
    if (chain === undefined) continue;
    const { raw, origin: winner } = chain[0];
    const shadowed = chain.length === 1 ? NONE : chain.slice(1).map(asShadowed);
    const result = computed.get(key);
    if (result === undefined)
      effective.set(key, { key, value: raw, raw, winner, shadowed, references: NONE });
    else effective.set(key, { key, raw, winner, shadowed, ...result });
  }
  return effective;
}

const NONE: readonly never[] = [];
const NOTHING: ReadonlyMap<string, Removal> = new Map();

function asShadowed({ origin, raw }: Assignment): Shadowed {
  return { layer: origin.layer, file: origin.file, line: origin.line, object: origin.object, raw };
}

function rejected(problems: readonly Problem[]): Resolution {
  return { kind: 'rejected', problems: inPlaceOrder(problems) };
}

function inPlaceOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) =>
      compare(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      compare(a.message, b.message),
  );
}

function byPath(a: LayerFile, b: LayerFile): number {
  return compare(a.path, b.path);
}

/** By code unit: the same on every machine, unlike localeCompare. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
