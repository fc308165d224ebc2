import { isRecord } from '#kit/is-record.ts';

/** A metric datum as it was accepted. */
export interface StoredDatum {
  readonly region: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; the time of arrival when the caller gave none. */
  readonly timestamp: number;
  readonly unit: string;
  readonly resolution: number;
  readonly values: readonly number[];
  readonly counts: readonly number[];
  readonly statistics?: Readonly<Record<string, number>>;
}

export type DatumProblem = { readonly problem: string };

const TWO_WEEKS_MS = 14 * 86_400_000;
const TWO_HOURS_MS = 2 * 3_600_000;
const LARGEST = 2 ** 360;

/** One MetricDatum, checked against the limits of PutMetricData. */
export function readDatum(
  raw: unknown,
  context: { readonly region: string; readonly namespace: string; readonly now: number },
): StoredDatum | DatumProblem {
  if (!isRecord(raw)) return { problem: 'is not an object' };
  const name = raw['MetricName'];
  if (typeof name !== 'string' || name.length < 1 || name.length > 255)
    return { problem: 'MetricName must have 1 to 255 characters' };
  const dimensions = readDimensions(raw['Dimensions'] ?? []);
  if ('problem' in dimensions) return dimensions;
  const timestamp = readTime(raw['Timestamp'], context.now);
  if (timestamp === undefined) return { problem: 'Timestamp must be a date' };
  if (timestamp < context.now - TWO_WEEKS_MS || timestamp > context.now + TWO_HOURS_MS) {
    return { problem: 'Timestamp must be within two weeks back and two hours ahead' };
  }
  const resolution = Number(raw['StorageResolution'] ?? 60);
  if (resolution !== 1 && resolution !== 60) return { problem: 'StorageResolution must be 1 or 60' };
  const reading = readReading(raw);
  if ('problem' in reading) return reading;
  const unit = typeof raw['Unit'] === 'string' ? raw['Unit'] : 'None';
  const { region, namespace } = context;
  return { region, namespace, name, dimensions: dimensions.byName, timestamp, unit, resolution, ...reading };
}

function readDimensions(raw: unknown): { readonly byName: Readonly<Record<string, string>> } | DatumProblem {
  if (!Array.isArray(raw) || raw.length > 30) return { problem: 'Dimensions must be at most 30' };
  const byName: Record<string, string> = {};
  for (const dimension of raw as readonly unknown[]) {
    const { Name: name, Value: value } = isRecord(dimension) ? dimension : {};
    if (typeof name !== 'string' || name.length < 1 || name.length > 255)
      return { problem: 'a dimension name must have 1 to 255 characters' };
    if (typeof value !== 'string' || value.length < 1 || value.length > 1024) {
      return { problem: `the value of dimension ${name} must have 1 to 1024 characters` };
    }
    byName[name] = value;
  }
  return { byName };
}

/** awsJson sends seconds since the epoch, the query protocol ISO 8601. */
function readTime(raw: unknown, now: number): number | undefined {
  if (raw === undefined) return now;
  const ms = typeof raw === 'number' ? raw * 1000 : Date.parse(typeof raw === 'string' ? raw : '');
  return Number.isFinite(ms) ? ms : undefined;
}

type Reading = Pick<StoredDatum, 'values' | 'counts' | 'statistics'>;

function readReading(raw: Readonly<Record<string, unknown>>): Reading | DatumProblem {
  const statistics = raw['StatisticValues'];
  if (isRecord(statistics)) {
    const set = Object.fromEntries(Object.entries(statistics).map(([name, value]) => [name, Number(value)]));
    const complete = ['SampleCount', 'Sum', 'Minimum', 'Maximum'].every((name) => inRange(set[name]));
    return complete
      ? { values: [], counts: [], statistics: set }
      : { problem: 'StatisticValues must be complete and in range' };
  }
  const list = raw['Values'];
  const values = Array.isArray(list)
    ? list.map(Number)
    : raw['Value'] === undefined
      ? []
      : [Number(raw['Value'])];
  const counts = Array.isArray(raw['Counts']) ? raw['Counts'].map(Number) : values.map(() => 1);
  if (values.length === 0) return { problem: 'one of Value, Values and StatisticValues must be given' };
  if (Array.isArray(list) && raw['Value'] !== undefined)
    return { problem: 'Value and Values exclude each other' };
  if (values.length > 150) return { problem: 'Values must be at most 150' };
  if (counts.length !== values.length) return { problem: 'Counts must be as many as Values' };
  return values.every(inRange) && counts.every((count) => count >= 0)
    ? { values, counts }
    : { problem: 'a value must be a number from -2^360 to 2^360' };
}

function inRange(value: number | undefined): boolean {
  return value !== undefined && !Number.isNaN(value) && Math.abs(value) <= LARGEST;
}
