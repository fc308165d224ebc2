import { createHash } from 'node:crypto';

/** Units of CloudWatch that are used here. */
export const UNITS = [
  'None',
  'Percent',
  'Count',
  'Count/Second',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Bytes/Second',
  'Seconds',
  'Milliseconds',
] as const;
export type Unit = (typeof UNITS)[number];

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

/** What CloudWatch keeps apart (and bills): namespace, name and dimensions. */
export interface Series {
  readonly namespace: string;
  readonly name: string;
  readonly unit: Unit;
  /** Sorted by name. */
  readonly dimensions: readonly Dimension[];
}

const MAX_NAME = 255;
const MAX_VALUE = 1024;
/** PutMetricData refuses a datum with more. */
export const MAX_DIMENSIONS = 30;

/**
 * A series within the limits of PutMetricData, or undefined when nothing is left of its name. Empty dimensions are left
 * out; of two with one name the first counts; more than `MAX_DIMENSIONS` are cut, the first given are kept.
 */
export function seriesOf(
  namespace: string,
  name: string,
  unit: Unit,
  dimensions: readonly Dimension[],
): Series | undefined {
  const plainName = plain(name, MAX_NAME);
  if (plainName === '') return undefined;
  const kept = new Map<string, string>();
  for (const dimension of dimensions) {
    // "A dimension name cannot start with a colon" (Dimension, CloudWatch API reference).
    const key = plain(dimension.name, MAX_NAME).replace(/^:/, '_');
    const value = plain(dimension.value, MAX_VALUE);
    if (key !== '' && value !== '' && !kept.has(key) && kept.size < MAX_DIMENSIONS) kept.set(key, value);
  }
  const sorted = [...kept]
    .map(([key, value]) => ({ name: key, value }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { namespace, name: plainName, unit, dimensions: sorted };
}

/** One text for one series; control characters do not occur in its parts. */
export function seriesKey({ namespace, name, unit, dimensions }: Series): string {
  const pairs = dimensions.map((dimension) => `${dimension.name}\u0001${dimension.value}`);
  return [namespace, name, unit, ...pairs].join('\u0000');
}

/**
 * Names and values are printable ASCII with something to see (Dimension, CloudWatch API reference). What differs stays apart: a text
 * that is changed by more than the blanks around it ends in a digest of what it was.
 */
function plain(text: string, maxChars: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= maxChars && !UNPRINTABLE.test(trimmed)) return trimmed;
  const mark = createHash('sha256').update(trimmed).digest('hex').slice(0, 8);
  const kept = trimmed.slice(0, maxChars - mark.length - 1).replaceAll(/[^\u0020-\u007E]/g, '_');
  return `${kept}-${mark}`;
}

const UNPRINTABLE = /[^\u0020-\u007E]/;
