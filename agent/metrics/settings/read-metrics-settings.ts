import { parseDuration } from '#kit/duration.ts';
import type { Problem } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { Json } from '../../plan/json.ts';
import type { MetricsSection } from '../../plan/plan.ts';
import { FieldReader } from '../../plan/field-reader.ts';
import {
  MORE_DIMENSIONS,
  PROFILES,
  UNITS,
  type ClassicUnits,
  type Collection,
  type Grouping,
  type HostFilters,
  type MetricsSettings,
  type Profile,
  type StatsdSettings,
} from '../base/metrics-settings.ts';
import { readNamespace, type Template } from '../base/namespace.ts';
import { readChosen } from './only-settings.ts';

const COLLECTED: readonly Collection[] = ['cpu', 'memory', 'swap', 'disk', 'network', 'load'];

/** What the programs of these profiles write to. */
const NAMESPACES: Readonly<Record<Profile, string>> = {
  default: 'Landfall',
  classic: 'System/Linux',
  cwagent: 'CWAgent',
};

/**
 * `metrics:` of a plan. Fails with `LF_PLAN_INVALID` and every problem there is.
 * @param compiles whether a text is a pattern that `processes` can use; the engine is not loaded for those without.
 */
export function readMetricsSettings(
  { settings }: MetricsSection,
  compiles: (pattern: string) => boolean,
): Outcome<MetricsSettings> {
  const problems: Problem[] = [];
  const sheet = new FieldReader('metrics', settings, (problem) => problems.push(problem));

  const profile = sheet.oneOf('profile', ...PROFILES) ?? 'default';
  const read: MetricsSettings = {
    profile,
    namespace: namespaceOf(sheet, profile),
    intervalMs: sheet.value('interval', 'a duration from 1s to 1h', intervalOf) ?? 60_000,
    ...readChosen(sheet, profile, COLLECTED),
    dimensions: (sheet.listOf('dimensions', ['instanceId', ...MORE_DIMENSIONS]) ?? []).filter(
      (name) => name !== 'instanceId',
    ),
    aggregated: sheet.value('aggregated', 'true, false or only', groupingOf) ?? false,
    autoScaling: sheet.value('autoScaling', 'true, false or only', groupingOf) ?? false,
    highResolution: sheet.flag('highResolution') ?? false,
    ...diskOf(sheet, profile),
    processes: patternsOf(sheet, compiles),
    statsd: readStatsd(sheet),
    own: ownOf(sheet, profile),
    classic: classicOf(sheet),
  };
  sheet.end();
  if (problems.length === 0) return ok(read);
  return fail({
    code: 'LF_PLAN_INVALID',
    operation: 'read',
    subject: 'the metrics of the plan',
    cause: problems.length === 1 ? 'one setting is wrong' : `${problems.length} settings are wrong`,
    hint: 'Correct them; docs/metrics.md has all settings.',
    problems,
  });
}

function namespaceOf(sheet: FieldReader, profile: Profile): Template {
  const otherwise = { text: NAMESPACES[profile] };
  const text = sheet.text('namespace');
  if (text === undefined) return otherwise;
  const template = readNamespace(text);
  if (typeof template !== 'string') return template;
  sheet.problem('namespace', template);
  return otherwise;
}

function intervalOf(value: Json): number | undefined {
  const ms =
    typeof value === 'string' || typeof value === 'number' ? parseDuration(String(value)) : undefined;
  return ms !== undefined && ms >= 1000 && ms <= 3_600_000 ? ms : undefined;
}

function groupingOf(value: Json): Grouping | undefined {
  return typeof value === 'boolean' || value === 'only' ? value : undefined;
}

function diskOf(sheet: FieldReader, profile: Profile): Pick<MetricsSettings, 'filters' | 'dropDevice'> {
  const disk = sheet.map('disk');
  const mounts = disk?.texts('mounts') ?? [];
  const exclude = disk?.texts('exclude') ?? [];
  const device = disk?.flag('device') ?? true;
  if (!device && profile !== 'cwagent')
    disk?.problem('device', `is a dimension of profile cwagent only, and this one is ${profile}`);
  disk?.end();
  return { filters: { mounts, exclude, ...filtersOf(sheet, profile) }, dropDevice: !device };
}

function filtersOf(sheet: FieldReader, profile: Profile): Omit<HostFilters, 'mounts' | 'exclude'> {
  const below = (name: string, fields: readonly string[]): Record<string, readonly string[]> => {
    const part = sheet.map(name);
    const lists = Object.fromEntries(fields.map((field) => [field, part?.texts(field) ?? []]));
    part?.end();
    return lists;
  };
  return {
    holders: profile === 'classic',
    devices: below('diskio', ['devices'])['devices'] ?? [],
    interfaces: below('network', ['interfaces'])['interfaces'] ?? [],
  };
}

/** `processes: { nginx: "^nginx:" }` */
function patternsOf(sheet: FieldReader, compiles: (pattern: string) => boolean): Map<string, string> {
  const patterns = new Map<string, string>();
  for (const [name, pattern] of sheet.members('processes', 'a map of names and patterns')) {
    if (typeof pattern !== 'string' || pattern === '' || !compiles(pattern)) {
      sheet.problem(`processes.${name}`, 'must be a regular expression (RE2)');
    } else if (patterns.size === MAX_PATTERNS) {
      sheet.problem('processes', `has more than ${MAX_PATTERNS} patterns`);
      break;
    } else patterns.set(name, pattern);
  }
  return patterns;
}

const MAX_PATTERNS = 50;

/** What alarms are made of. Each is a series with its price; `own: true` sends all there are. */
const OWN: readonly string[] = [
  'landfall_ready',
  'landfall_generation',
  'landfall_config_{age_seconds,stale,check_age_seconds}',
  'landfall_{check_failures,refusals,guard_findings,relocations}',
  'landfall_log_{lag_seconds,behind_bytes}',
  'landfall_log_{read,acknowledged,filtered,rejected,quarantined,lost}_events',
];

/** Profiles that stand in for another program send what that sent, and no more, unless asked. */
function ownOf(sheet: FieldReader, profile: Profile): readonly string[] {
  const own = sheet.value('own', 'true, false or a list of names', (value): readonly string[] | undefined => {
    if (typeof value === 'boolean') return value ? ['*'] : [];
    if (typeof value === 'string') return [value];
    if (!Array.isArray(value)) return undefined;
    const names = value.filter((name) => typeof name === 'string');
    return names.length === value.length ? names : undefined;
  });
  return own ?? (profile === 'default' ? OWN : []);
}

function classicOf(sheet: FieldReader): ClassicUnits {
  const part = sheet.map('classic');
  const units: ClassicUnits = {
    memory: part?.oneOf('memoryUnits', ...UNITS) ?? 'megabytes',
    disk: part?.oneOf('diskUnits', ...UNITS) ?? 'gigabytes',
    cacheIsUsed: part?.flag('cacheIsUsed') ?? false,
  };
  part?.end();
  return units;
}

const MAX_SERIES = 1_000;

/** `statsd: 127.0.0.1:8125`, or a map with `address`, `tags` and `maxSeries`. */
function readStatsd(sheet: FieldReader): StatsdSettings | undefined {
  const given = sheet.either('statsd');
  if (given === undefined) return undefined;
  if (!(given instanceof FieldReader)) {
    const address = addressOf(given);
    if (address === undefined) sheet.problem('statsd', `must be ${ADDRESS}`);
    return address && { ...address, tags: undefined, maxSeries: MAX_SERIES };
  }
  const address = given.value('address', ADDRESS, addressOf);
  const tags = given.texts('tags');
  const maxSeries = given.value('maxSeries', 'a number from 1 to 100000', countOf) ?? MAX_SERIES;
  if (!given.has('address')) given.problem('address', 'is needed, such as 127.0.0.1:8125');
  given.end();
  return address && { ...address, tags, maxSeries };
}

const ADDRESS = 'a loopback address with a port, such as 127.0.0.1:8125';

/** Anybody who can send a datagram could make series that cost money: from this host only. */
function addressOf(value: Json): { host: string; port: number } | undefined {
  const match = /^(127(?:\.\d{1,3}){3}|\[::1\]|localhost):(\d{1,5})$/.exec(
    typeof value === 'string' ? value : '',
  );
  if (!match) return undefined;
  const [, host = '', port = ''] = match;
  const plain = host === 'localhost' ? '127.0.0.1' : host.replace(/^\[(.*)\]$/, '$1');
  const number = Number(port);
  return number <= 65_535 ? { host: plain, port: number } : undefined;
}

function countOf(value: Json): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100_000
    ? value
    : undefined;
}
