import type { FieldReader } from '../../plan/field-reader.ts';
import type { MetricFilter } from '../sink/log-group-spec.ts';

const NAMESPACE = 'Landfall';
/** Of the 100 that a group may have: other entries and other people have theirs. */
const MOST_FILTERS = 20;
/** As PutMetricFilter documents them. */
const MOST_DIMENSIONS = 3;
const MOST_PATTERN_CHARS = 1024;
const NAME = /^[A-Za-z0-9._-]{1,100}$/;
const METRIC = /^[^:*$]{1,255}$/;
const UNITS = [
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Percent',
  'Count',
  'Bytes/Second',
  'Count/Second',
  'None',
] as const;
/** A number, a field of a line of JSON, or one of a line in columns. */
const VALUE = /^(?:-?\d+(?:\.\d+)?|\$[A-Za-z0-9_.[\]"'-]+)$/;

/** `metricFilters: { errors: { pattern: "ERROR" } }`; undefined when nothing is said: then nothing is looked at. */
export function readMetricFilters(sheet: FieldReader): readonly MetricFilter[] | undefined {
  const names = sheet.members('metricFilters', 'a map of metric filters').map(([name]) => name);
  const filters = sheet.map('metricFilters');
  if (!filters) return undefined;
  if (names.length > MOST_FILTERS) sheet.problem('metricFilters', `are more than ${MOST_FILTERS}`);
  const read = names.flatMap((name) => {
    const one = filters.map(name);
    if (!NAME.test(name)) filters.problem(name, 'a name is made of A-Z a-z 0-9 . _ -');
    return one ? (readOne(name, one) ?? []) : [];
  });
  filters.end();
  return read;
}

function readOne(name: string, sheet: FieldReader): MetricFilter | undefined {
  const pattern = sheet.value(
    'pattern',
    'a filter pattern of CloudWatch Logs, at most 1024 characters',
    (value) => (typeof value === 'string' && value.length <= MOST_PATTERN_CHARS ? value : undefined),
  );
  const metric = metricOf(sheet, 'metric') ?? name;
  const namespace = metricOf(sheet, 'namespace') ?? NAMESPACE;
  const value = sheet.text('value') ?? '1';
  const otherwise = sheet.value('default', 'a number', (one) => (typeof one === 'number' ? one : undefined));
  const unit = sheet.oneOf('unit', ...UNITS);
  const by = sheet.textMap('by');
  sheet.end();
  if (!VALUE.test(value)) sheet.problem('value', 'must be a number, or a field of the event such as $.ms');
  if (Object.keys(by).length > MOST_DIMENSIONS) sheet.problem('by', `at most ${MOST_DIMENSIONS}`);
  if (Object.values(by).some((field) => !VALUE.test(field) || !field.startsWith('$')))
    sheet.problem('by', 'each must be a field of the event such as $.route');
  // "The specified filter pattern does not support dimensions", says CloudWatch of any other.
  const hasFields = pattern === undefined || /^\s*[{[]/.test(pattern);
  if (!hasFields && (value.startsWith('$') || Object.keys(by).length > 0))
    sheet.problem('pattern', 'must be one of JSON, { ... }, or of columns, [ ... ]: no other has fields');
  // CloudWatch refuses both: it would not know which combinations to tell it for.
  if (otherwise !== undefined && Object.keys(by).length > 0)
    sheet.problem('default', 'cannot be told beside `by`');
  if (pattern === undefined && !sheet.has('pattern'))
    sheet.problem('', 'needs pattern; "" matches every event');
  return pattern === undefined ? undefined : { name, pattern, metric, namespace, value, otherwise, unit, by };
}

function metricOf(sheet: FieldReader, field: 'metric' | 'namespace'): string | undefined {
  const text = sheet.text(field);
  if (text === undefined || (METRIC.test(text) && !(field === 'namespace' && text.startsWith('AWS/'))))
    return text;
  sheet.problem(field, 'must have no : * or $, and a namespace must not begin with AWS/');
  return undefined;
}
