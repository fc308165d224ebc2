import type { EnvironmentFileEntry, FileEntry, ServiceEntry, TargetEntry, TemplateEntry } from './plan.ts';
import type { Values } from './plan-field.ts';
import { byName, entriesAt, requireField, requireOneOf, type Entry, type MergedPlan } from './plan-entry.ts';
import { ENVIRONMENT_FILE, FILE, SERVICE, TEMPLATE } from './plan-sections.ts';
import { valuesOf } from './plan-shape.ts';

/** For a check or a reload, each. */
const TIMEOUT_MS = 60_000;

export function templatesOf(merged: MergedPlan): readonly TemplateEntry[] {
  const templates = entriesAt(merged, 'templates').flatMap((entry) => {
    const values = valuesOf(TEMPLATE, entry.node);
    requireField(merged, entry, 'source');
    requireField(merged, entry, 'target');
    const { source, target, format } = values;
    if (source === undefined || target === undefined) return [];
    return [{ ...targetEntry(entry, target, values), source, format: format ?? formatOf(target) }];
  });
  return byName(templates);
}

export function filesOf(merged: MergedPlan): readonly FileEntry[] {
  const files = entriesAt(merged, 'files').flatMap((entry) => {
    const values = valuesOf(FILE, entry.node);
    requireField(merged, entry, 'target');
    const { source, content, target } = values;
    if (!requireOneOf(merged, entry, 'source', 'content') || target === undefined) return [];
    return [{ ...targetEntry(entry, target, values), source, content }];
  });
  return byName(files);
}

export function environmentFilesOf(merged: MergedPlan): readonly EnvironmentFileEntry[] {
  const files = entriesAt(merged, 'environmentFiles').flatMap((entry) => {
    const values = valuesOf(ENVIRONMENT_FILE, entry.node);
    requireField(merged, entry, 'target');
    const { target, prefix = '' } = values;
    return target === undefined ? [] : [{ ...targetEntry(entry, target, values), prefix }];
  });
  return byName(files);
}

export function servicesOf(merged: MergedPlan): readonly ServiceEntry[] {
  const services = entriesAt(merged, 'services').map(({ name, place, node }) => {
    const { enabled, running, restartOn = [], reloadOn = [] } = valuesOf(SERVICE, node);
    return { name, place, enabled, running, restartOn, reloadOn };
  });
  return byName(services);
}

type TargetValues = Omit<Values<typeof ENVIRONMENT_FILE>, 'prefix' | 'target'>;

function targetEntry({ name, place }: Entry, target: string, values: TargetValues): TargetEntry {
  const { mode, owner, group, check, reload, timeout = TIMEOUT_MS, independent = false } = values;
  return { name, place, target, mode, owner, group, check, reload, timeoutMs: timeout, independent };
}

const FORMATS: ReadonlyMap<string, TemplateEntry['format']> = new Map([
  ['json', 'json'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
  ['env', 'env'],
  ['properties', 'properties'],
  ['sh', 'shell'],
]);

/** `/etc/app/.env` is one, too. */
function formatOf(target: string): TemplateEntry['format'] {
  return FORMATS.get(/\.([a-z]+)$/.exec(target)?.[1] ?? '') ?? 'text';
}
