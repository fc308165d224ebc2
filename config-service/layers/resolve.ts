import { createHash } from 'node:crypto';
import type { Problem } from '../kit/errors.ts';
import { each, type Steps, whole } from '../kit/steps.ts';
import type { ParsedFile } from '../properties/entry.ts';
import { isPropertiesFile, parsing } from '../properties/parse-file.ts';
import type { Chain, Chains } from './assignment.ts';
import type { Effective, Property, Removal } from './effective.ts';
import { interpolating, type Interpolation, type Surroundings } from './interpolate.ts';
import type { Interpolated } from './interpolation-task.ts';
import type { LayerContent, LayerFile } from './layer.ts';
import { inForce, takenAway } from './in-force.ts';
import { OVERRIDE_LAYER } from './order.ts';
import { layUpon, type ParsedLayer, type ParsedLayerFile } from './parsed-layer.ts';
import { isStoreLayer } from './store-layer.ts';

export interface ResolveInput extends Surroundings {
  /** Weakest first, as selected for this instance and fetched. Absent layers have no files. */
  readonly layers: readonly LayerContent[];
  /** Stronger than every layer. Of two with one key the later counts. */
  readonly overrides: readonly Override[];
  /** Reads one file; `path` is the name that problems show. Default: no memory (see `createParseCache`). */
  readonly parse?: ParseLayerFile;
}

export type ParseLayerFile = (path: string, file: LayerFile) => Steps<ParsedFile>;

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
  return whole(resolving(input));
}

/** `resolve` in steps. */
export function* resolving(input: ResolveInput): Steps<Resolution> {
  const readings: LayerReading[] = [];
  for (const layer of input.layers) readings.push(yield* readLayer(layer, input.parse ?? parseAnew));
  const problems = readings.flatMap((reading) => reading.problems);
  const layers = [...readings.map(({ parsed }) => parsed), overrideLayer(input.overrides)];
  const stack = new Map<string, Chain>();
  for (const [strength, layer] of layers.entries()) {
    problems.push(...layUpon(stack, layer, strength));
    yield;
  }
  // The keys of an unreadable file are unknown: every reference to them would be reported as a mistake it is not.
  if (readings.some((reading) => reading.problems.length > 0)) return rejected(problems);

  const chains = inForce(stack);
  yield;
  const keys = [...chains.keys()].toSorted();
  yield;
  const interpolation = yield* interpolating(chains, keys, input);
  problems.push(...interpolation.problems);
  if (problems.length > 0) return rejected(problems);

  const effective = yield* effectiveOf(chains, keys, interpolation);
  return {
    kind: 'resolved',
    effective,
    removed: chains.size === stack.size ? NOTHING : takenAway(stack, chains),
    digest: yield* digestOf(effective),
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

function* readLayer(layer: LayerContent, parse: ParseLayerFile): Steps<LayerReading> {
  const files: ParsedLayerFile[] = [];
  const reports: { path: string; sha256: string; keys: number }[] = [];
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  // A store has nothing but properties, whatever they are called.
  const isRead = isStoreLayer(layer.name) ? () => true : ({ path }: LayerFile) => isPropertiesFile(path);
  for (const file of layer.files.filter(isRead).toSorted(byPath)) {
    const parsed = yield* parse(`${layer.name}/${file.path}`, file);
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

function parseAnew(path: string, file: LayerFile): Steps<ParsedFile> {
  return parsing(path, file.bytes);
}

function overrideLayer(overrides: readonly Override[]): ParsedLayer {
  const files = overrides.map(({ key, value, object }) => ({
    path: OVERRIDE_LAYER,
    object: object ?? OVERRIDE_LAYER,
    entries: [{ key, value, line: 1, column: 1 }],
  }));
  return { name: OVERRIDE_LAYER, files };
}

function* effectiveOf(
  chains: Chains,
  keys: readonly string[],
  { computed }: Interpolation,
): Steps<Effective> {
  const effective = new Map<string, Property>();
  yield* each(keys, (key) => {
    const chain = chains.get(key);
    if (chain === undefined) return;
    const winner = chain[0];
    const { raw } = winner;
    const shadowed = chain.length === 1 ? NONE : chain.slice(1);
    const result = computed.get(key);
    if (result === undefined)
      effective.set(key, { key, value: raw, raw, winner, shadowed, references: NONE });
    else if (isPlain(result))
      effective.set(key, { key, value: result.value, raw, winner, shadowed, references: result.references });
    else effective.set(key, { key, raw, winner, shadowed, ...result });
  });
  return effective;
}

/** Neither a secret nor a list: then all that is known of it has its place in every property. */
function isPlain({ masked, secrets, list }: Interpolated): boolean {
  return masked === undefined && secrets === undefined && list === undefined;
}

const NONE: readonly never[] = [];
const NOTHING: ReadonlyMap<string, Removal> = new Map();

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

/**
 * Lower-case hex SHA-256 of the effective keys and values: one line `["key","value"]` of JSON for each property, in the order
 * of the keys. JSON frames without ambiguity and escapes lone surrogates, which UTF-8 would make all alike. Where a value
 * comes from does not count.
 *
 * The digest is shown to anybody, so that of a value with a secret would let a short one be guessed at leisure. Its line is
 * `["key","masked","raw"]`: the version of a secret stands for it, which changes with it and tells nothing. (A keyed
 * hash would, too, but no two instances would have the same digest, nor one instance twice.) `raw` is there because text
 * that looks like a mask could otherwise change places with one.
 */
function* digestOf(effective: Effective): Steps<string> {
  const hash = createHash('sha256');
  let lines = '';
  yield* each(effective.values(), ({ key, value, masked, raw }) => {
    // Piece by piece: JSON.stringify of a text alone is three times as fast as of an array.
    const rest = masked === undefined ? '' : `,${JSON.stringify(raw)}`;
    lines += `[${JSON.stringify(key)},${JSON.stringify(masked ?? value)}${rest}]\n`;
    if (lines.length > CHUNK) {
      hash.update(lines);
      lines = '';
    }
  });
  return hash.update(lines).digest('hex');
}

/** Code units gathered before they are hashed: a call per property would cost more than the hash. */
const CHUNK = 64 * 1024;
