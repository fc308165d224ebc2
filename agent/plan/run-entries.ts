import { HOOK_EVENTS, type HookEntry, type HookEvent, type InitEntry, type ScriptEntry } from './plan.ts';
import { entriesAt, requireField, requireOneOf, type Entry, type MergedPlan } from './plan-entry.ts';
import { BUCKET, HOOK, INIT, SCRIPT } from './plan-sections.ts';
import { valuesOf } from './plan-shape.ts';

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

/** In the order they run, which is that of scripts. */
export function initOf(merged: MergedPlan): readonly InitEntry[] {
  return byLayerAndName(entriesAt(merged, 'init')).flatMap((entry) => {
    const { name, place, node } = entry;
    requireField(merged, entry, 'document');
    const { document, configSets = ['default'], setuid, owns = [] } = valuesOf(INIT, node);
    if (document === undefined) return [];
    return [{ name, place, document, configSets, owns, ...(setuid && { setuid }) }];
  });
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
