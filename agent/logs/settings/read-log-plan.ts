import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { parseDuration } from '#kit/duration.ts';
import type { Problem } from '#kit/errors.ts';
import type { Json } from '../../plan/json.ts';
import type { LogEntry } from '../../plan/plan.ts';
import { FieldReader } from '../../plan/field-reader.ts';
import { carriesFile, readTemplate, type NameKind, type NameTemplate } from '../names/name-template.ts';
import { BUILT_IN_NAMES } from '../redaction/built-in.ts';
import type { LogGroupSpec } from '../sink/log-group-spec.ts';
import type { LogPlan, FilterSettings } from '../entry/log-plan.ts';
import { readMetricFilters } from './metric-filter-settings.ts';
import { readPatterns } from './pattern-settings.ts';
import { readRetention } from './retention.ts';
import { tellDisagreements } from './shared-groups.ts';
import { readSource } from './source-settings.ts';
import { readPattern } from './text-settings.ts';

/** The `logs:` entries of a plan, all or none. Fails with `LF_PLAN_INVALID` and every problem there is. */
export async function readLogPlan(entries: readonly LogEntry[]): Promise<Outcome<readonly LogPlan[]>> {
  const problems: Problem[] = [];
  const plans: LogPlan[] = [];
  const sheets = new Map<string, FieldReader>();
  for (const { name, settings } of entries) {
    const sheet = new FieldReader(`logs.${name}`, settings, (problem) => problems.push(problem));
    sheets.set(name, sheet);
    const plan = await readEntry(name, sheet);
    if (plan) plans.push(plan);
  }
  tellDisagreements(plans, (entry) => sheets.get(entry));
  if (problems.length === 0) return ok(plans);
  return fail({
    code: 'LF_PLAN_INVALID',
    operation: 'read',
    subject: 'the logs of the plan',
    cause: problems.length === 1 ? 'one setting is wrong' : `${problems.length} settings are wrong`,
    hint: 'Correct them; logs go on as the last good plan had them.',
    problems,
  });
}

async function readEntry(name: string, sheet: FieldReader): Promise<LogPlan | undefined> {
  const source = await readSource(sheet);
  const group = readName(sheet, 'group', undefined);
  const stream = readName(sheet, 'stream', '{instanceId}');
  if (source && source.kind !== 'files' && stream && carriesFile(stream.text))
    sheet.problem('stream', 'has {file} or {path}, which only the events of `path` have');
  const wish = readWish(sheet, name);
  const filter = await readSieve(sheet);
  const patterns = await readPatterns(sheet);
  sheet.end();
  return source && group && stream && { name, source, group, stream, wish, filter, patterns };
}

function readName(
  sheet: FieldReader,
  kind: NameKind,
  otherwise: string | undefined,
): NameTemplate | undefined {
  const text = sheet.text(kind) ?? (sheet.has(kind) ? undefined : otherwise);
  if (text === undefined) {
    if (!sheet.has(kind)) sheet.problem('', `needs ${kind}`);
    return undefined;
  }
  const read = readTemplate(text, kind);
  if (read.kind === 'ok') return read.template;
  sheet.problem(kind, read.problem);
  return undefined;
}

function readWish(sheet: FieldReader, entry: string): LogGroupSpec {
  // A bare number is a number of seconds everywhere else: whoever writes one here means days.
  const days = sheet.value('retention', 'a duration such as 30d', (value) =>
    typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value.trim()))
      ? `must have a unit: ${value}d for ${value} days`
      : typeof value === 'string'
        ? daysOf(value)
        : undefined,
  );
  if (typeof days === 'string') sheet.problem('retention', days);
  const metricFilters = readMetricFilters(sheet);
  const logClass = sheet.oneOf('class', 'standard', 'infrequent-access');
  if (logClass === 'infrequent-access' && metricFilters && metricFilters.length > 0)
    sheet.problem('metricFilters', 'no group of class infrequent-access has any; count with `patterns`');
  return {
    entry,
    retentionDays: typeof days === 'number' ? days : undefined,
    kmsKey: sheet.value('kmsKey', 'the ARN of a KMS key', keyOf),
    tags: sheet.textMap('tags'),
    class: logClass && (logClass === 'standard' ? 'STANDARD' : 'INFREQUENT_ACCESS'),
    metricFilters,
  };
}

function daysOf(text: string): number | string | undefined {
  const ms = parseDuration(text);
  return ms === undefined || ms <= 0 ? undefined : readRetention(ms);
}

/** CloudWatch Logs takes no alias and no bare id; logs would be held back until somebody looks. */
function keyOf(value: Json): string | undefined {
  return typeof value === 'string' && /^arn:[\w-]+:kms:[\w-]+:\d+:\S+$/.test(value) ? value : undefined;
}

async function readSieve(sheet: FieldReader): Promise<FilterSettings> {
  const filter = sheet.map('filter');
  const include = filter?.texts('include') ?? [];
  const exclude = filter?.texts('exclude') ?? [];
  filter?.end();
  for (const source of include) await readPattern(filter ?? sheet, 'include', source);
  for (const source of exclude) await readPattern(filter ?? sheet, 'exclude', source);
  const { names, patterns } = await readRedaction(sheet);
  return {
    include,
    exclude,
    redact: names,
    redactPatterns: patterns,
    maxAgeMs: sheet.duration('maxAge'),
    outOfRange: sheet.oneOf('outOfRange', 'reject', 'restamp') ?? 'reject',
  };
}

/** `redact: [card-number, { pattern: "ssn=\\d+" }]` */
async function readRedaction(
  sheet: FieldReader,
): Promise<{ names: readonly string[]; patterns: readonly string[] }> {
  const names: string[] = [];
  const patterns: string[] = [];
  for (const [index, item] of sheet.items('redact').entries()) {
    const at = `redact[${index}]`;
    if (typeof item === 'string' && BUILT_IN_NAMES.includes(item)) names.push(item);
    else if (item instanceof FieldReader) {
      const pattern = item.text('pattern');
      item.end();
      if (pattern === undefined) item.problem('', 'needs pattern');
      else if (await readPattern(item, 'pattern', pattern)) patterns.push(pattern);
    } else sheet.problem(at, `must be one of ${BUILT_IN_NAMES.join(', ')}, or { pattern: ... }`);
  }
  return { names, patterns };
}
