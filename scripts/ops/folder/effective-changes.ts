import {
  diffEffective,
  isPropertiesFile,
  shrinkFault,
  type Effective,
  type LayerContent,
  type LayerFile,
  placeLayer,
  selectLayers,
} from '#config-service';
import type { Problem } from '#kit/errors.ts';
import { examine, type LayersByName } from './examination.ts';
import { createReaders } from './readers.ts';
import { valueOf } from '../console/options.ts';
import { describeScenario, factsOf, scenariosOf, type Scenario, type StandIn } from './scenario.ts';

/** What two sets of layers change for the instances of one region. */
export interface EffectiveChanges {
  readonly scenarios: readonly Scenario[];
  /** Sorted by key. */
  readonly changes: readonly Change[];
  /** What is no property and differs: plans, scripts, templates, files. Sorted by path. */
  readonly files: readonly FileChange[];
  /** Kinds of instances that lose too many keys at once (law 6). */
  readonly shrunk: readonly Problem[];
}

export interface Change {
  readonly key: string;
  /** Undefined where the key is new. */
  readonly before: string | undefined;
  /** Undefined where it is gone. */
  readonly after: string | undefined;
  readonly scenarios: readonly Scenario[];
}

export interface FileChange {
  /** With the layer it belongs to. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Undefined where there was no such file, or is none any more. */
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  /** The kinds of instances that take part in its layer. */
  readonly scenarios: readonly Scenario[];
}

/** The agents' default. */
const MAX_SHRINK = 0.5;
const NOTHING: Effective = new Map();

/** Equal changes of several kinds of instances are one. Layers that cannot be resolved count as empty. */
export function changesBetween(
  before: readonly LayerContent[],
  after: readonly LayerContent[],
  region: string,
  order: readonly string[],
  standIn: StandIn,
): EffectiveChanges {
  const readers = createReaders();
  const [old, fresh] = [byName(before), byName(after)];
  const places = [...old.keys(), ...fresh.keys()].flatMap((name) => placeLayer(name, order) ?? []);
  const scenarios = scenariosOf(places, [region]);
  const merged = new Map<string, { change: Omit<Change, 'scenarios'>; scenarios: Scenario[] }>();
  const shrunk: Problem[] = [];
  const layersOf = new Map<Scenario, readonly string[]>();
  const takesPart = (scenario: Scenario, path: string): boolean =>
    layersOf.get(scenario)?.some((layer) => path.startsWith(`${layer}/`)) === true;
  for (const scenario of scenarios) {
    const facts = valueOf(factsOf(scenario, standIn));
    layersOf.set(
      scenario,
      selectLayers(order, facts).selected.map(({ name }) => name),
    );
    const was = examine(old, order, facts, readers).effective ?? NOTHING;
    const is = examine(fresh, order, facts, readers).effective ?? NOTHING;
    for (const change of listChanges(was, is)) {
      const id = JSON.stringify([change.key, change.before, change.after]);
      const known = merged.get(id) ?? { change, scenarios: [] };
      known.scenarios.push(scenario);
      merged.set(id, known);
    }
    const fault = shrinkFault(was, is, MAX_SHRINK);
    if (fault) shrunk.push({ code: fault.code, message: `${nameOf(scenario)}: ${fault.cause}` });
  }
  const changes = [...merged.values()].map(({ change, scenarios: met }) => ({ ...change, scenarios: met }));
  return {
    scenarios,
    changes: changes.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    files: fileChanges(before, after).map((file) => ({
      ...file,
      scenarios: scenarios.filter((scenario) => takesPart(scenario, file.path)),
    })),
    shrunk,
  };
}

/** Properties show by what becomes of their keys. */
function fileChanges(
  before: readonly LayerContent[],
  after: readonly LayerContent[],
): readonly Omit<FileChange, 'scenarios'>[] {
  const [old, fresh] = [filesIn(before), filesIn(after)];
  const paths = [...new Set([...old.keys(), ...fresh.keys()])].toSorted();
  return paths.flatMap((path) => {
    const [was, is] = [old.get(path), fresh.get(path)];
    if (was?.sha256 === is?.sha256) return [];
    const kind = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    return [{ path, kind, before: was?.bytes, after: is?.bytes }] as const;
  });
}

function filesIn(layers: readonly LayerContent[]): ReadonlyMap<string, LayerFile> {
  return new Map(
    layers.flatMap(({ name, files }) =>
      files
        .filter(({ path }) => !isPropertiesFile(path))
        .map((file) => [`${name}/${file.path}`, file] as const),
    ),
  );
}

function listChanges(before: Effective, after: Effective): readonly Omit<Change, 'scenarios'>[] {
  const diff = diffEffective(masked(before), masked(after));
  return [
    ...diff.added.map(({ key, value }) => ({ key, before: undefined, after: value })),
    ...diff.removed.map(({ key, value }) => ({ key, before: value, after: undefined })),
    ...diff.changed,
  ];
}

function nameOf(scenario: Scenario): string {
  return [scenario.region, describeScenario(scenario)].filter(Boolean).join(' as ');
}

function byName(layers: readonly LayerContent[]): LayersByName {
  return new Map(layers.map((layer) => [layer.name, layer]));
}

/** All secrets read alike here: another one is a change, and shows by its name. */
function masked(effective: Effective): Effective {
  return new Map(
    [...effective].map(([key, property]) => [key, { ...property, value: property.masked ?? property.value }]),
  );
}
