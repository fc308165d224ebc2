import type { LayerContent } from '#config-service';
import type { JsonObject } from './json.ts';
import { memberOf, writtenOf } from './plan-node.ts';
import {
  HOOK_EVENTS,
  type HookEntry,
  type HookEvent,
  type InitEntry,
  type PlanAsset,
  type ScriptEntry,
} from './plan.ts';
import { entriesAt, placeOf, requireField, requireOneOf, type Entry, type MergedPlan } from './plan-entry.ts';
import { BUCKET, HOOK, INIT, SCRIPT } from './plan-sections.ts';
import { valuesOf } from './plan-shape.ts';

/** What the section is called among documents. */
const PACKAGES = 'packages';

const SCRIPT_TIMEOUT_MS = 600_000;
const HOOK_TIMEOUT_MS = 300_000;

/** In the order they run: that of the layers, and by name within the layer that names a script first. */
export function scriptsOf(merged: MergedPlan): readonly ScriptEntry[] {
  return byLayerAndName(entriesAt(merged, 'scripts')).flatMap((entry) => {
    const { name, place, node } = entry;
    const { run, timeout, when, continueOnError, user, environment, owns } = valuesOf(SCRIPT, node);
    requireField(merged, entry, 'run');
    if (run === undefined) return [];
    return [
      {
        name,
        place,
        layer: node.layer,
        run,
        timeoutMs: timeout ?? SCRIPT_TIMEOUT_MS,
        when: when ?? 'once',
        continueOnError: continueOnError ?? false,
        user,
        environment: environment ?? {},
        owns: owns ?? [],
      },
    ];
  });
}

/** In the order they run: that of the layers, and as written within a layer. */
export function hooksOf(merged: MergedPlan): Readonly<Record<HookEvent, readonly HookEntry[]>> {
  const hooks = HOOK_EVENTS.map((event) => {
    return [event, entriesAt(merged, `hooks.${event}`).flatMap((entry) => hookOf(merged, entry))];
  });
  return Object.fromEntries(hooks) as Record<HookEvent, readonly HookEntry[]>;
}

function hookOf(merged: MergedPlan, entry: Entry): readonly HookEntry[] {
  const { name, place, node } = entry;
  if (!requireOneOf(merged, entry, 'command', 'run')) return [];
  const { command, run, timeout, continueOnError, user, owns } = valuesOf(HOOK, node);
  if (command === undefined && run === undefined) return [];
  return [
    {
      name,
      place,
      layer: node.layer,
      command,
      run,
      timeoutMs: timeout ?? HOOK_TIMEOUT_MS,
      continueOnError: continueOnError ?? false,
      user,
      owns: owns ?? [],
    },
  ];
}

/** In the order they run: the packages of all layers, then documents in the order of scripts. */
export function initOf(merged: MergedPlan, layers: readonly LayerContent[]): readonly InitEntry[] {
  const documents = byLayerAndName(entriesAt(merged, 'init')).flatMap((entry) => {
    const { name, place, node } = entry;
    requireField(merged, entry, 'document');
    const { document, configSets = ['default'], setuid, owns = [] } = valuesOf(INIT, node);
    if (document === undefined) return [];
    const extensions = filesBelow(document, layers);
    const folder = extensions.length > 0 && { extensions };
    return [{ name, place, document, configSets, owns, ...folder, ...(setuid && { setuid }) }];
  });
  return [...packagesOf(merged), ...documents];
}

/** The `.config` files of a folder of the layer; none for what is a file. */
function filesBelow({ layer, path }: PlanAsset, layers: readonly LayerContent[]): readonly PlanAsset[] {
  const files = layers.find(({ name }) => name === layer)?.files ?? [];
  return files
    .filter((file) => file.path.startsWith(`${path}/`) && file.path.endsWith('.config'))
    .map((file) => ({ layer, path: file.path }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** `packages:` is a config of its own, which runs before all documents. */
function packagesOf(merged: MergedPlan): readonly InitEntry[] {
  const node = memberOf(merged.root, 'packages');
  if (node === undefined) return [];
  const document = { layer: node.layer, path: node.file.slice(node.layer.length + 1) };
  const packages = writtenOf(node) as JsonObject;
  return [{ name: PACKAGES, place: placeOf(node), document, packages, configSets: [], owns: [] }];
}

export function bucketOwnersOf(merged: MergedPlan): ReadonlyMap<string, string> {
  const owners = entriesAt(merged, 'buckets').flatMap((entry): readonly (readonly [string, string])[] => {
    requireField(merged, entry, 'owner');
    const { owner } = valuesOf(BUCKET, entry.node);
    return owner === undefined ? [] : [[entry.name, owner]];
  });
  return new Map(owners);
}

/** Entries come in the order of their layers; only within one the name decides. */
function byLayerAndName(entries: readonly Entry[]): readonly Entry[] {
  const layers = [...new Set(entries.map(({ node }) => node.layer))];
  return entries.toSorted(
    (a, b) => layers.indexOf(a.node.layer) - layers.indexOf(b.node.layer) || (a.name < b.name ? -1 : 1),
  );
}
