import { isRecord } from '#kit/is-record.ts';
import type { Change } from './group-form.ts';
import type { MetricFilter } from './log-group-spec.ts';

/** Of an entry all are called so, and none of anybody else's: no name of an entry has a slash. */
export function filterPrefix(entry: string): string {
  return `landfall/${entry}/`;
}

/** In the answer to DescribeMetricFilters: what each of `prefix` says, by its name; undefined when it is no such answer. */
export function readFilters(json: unknown, prefix: string): ReadonlyMap<string, string> | undefined {
  const filters = isRecord(json) ? json['metricFilters'] : undefined;
  if (!Array.isArray(filters)) return undefined;
  const found = new Map<string, string>();
  for (const filter of filters as readonly unknown[]) {
    if (!isRecord(filter) || typeof filter['filterName'] !== 'string') return undefined;
    const name = filter['filterName'];
    if (name.startsWith(prefix)) found.set(name, formOf(filter));
  }
  return found;
}

/** Those that are missing or differ are put, those of `entry` that the plan does not have go. */
export function filterChanges(
  group: string,
  entry: string,
  there: ReadonlyMap<string, string>,
  wanted: readonly MetricFilter[],
): readonly Change[] {
  const bodies = wanted.map((filter) => bodyOf(group, entry, filter));
  const names = new Set(bodies.map(({ filterName }) => filterName));
  const puts = bodies.filter((body) => there.get(body.filterName) !== formOf(body));
  const gone = [...there.keys()].filter((name) => !names.has(name));
  return [
    // First, for a group has room for 100.
    ...gone.map((filterName) => {
      const body = { logGroupName: group, filterName };
      return { setting: 'metricFilters', action: 'DeleteMetricFilter', body } as const;
    }),
    ...puts.map((body) => ({ setting: 'metricFilters', action: 'PutMetricFilter', body }) as const),
  ];
}

function bodyOf(group: string, entry: string, filter: MetricFilter) {
  const { name, pattern, metric, namespace, value, otherwise, unit, by } = filter;
  return {
    logGroupName: group,
    filterName: `${filterPrefix(entry)}${name}`,
    filterPattern: pattern,
    metricTransformations: [
      {
        metricName: metric,
        metricNamespace: namespace,
        metricValue: value,
        ...(otherwise === undefined ? {} : { defaultValue: otherwise }),
        ...(unit === undefined ? {} : { unit }),
        ...(Object.keys(by).length === 0 ? {} : { dimensions: by }),
      },
    ],
  };
}

/** What counts in a filter, in one order: AWS adds when it was made, and shows a unit that was not asked for. */
function formOf(filter: Readonly<Record<string, unknown>>): string {
  const [transformation, ...others] = Array.isArray(filter['metricTransformations'])
    ? (filter['metricTransformations'] as readonly unknown[])
    : [];
  const said = isRecord(transformation) ? transformation : {};
  const unit = said['unit'] ?? 'None';
  const dimensions = Object.entries(isRecord(said['dimensions']) ? said['dimensions'] : {}).toSorted(
    ([a], [b]) => (a < b ? -1 : 1),
  );
  const { metricName, metricNamespace, metricValue, defaultValue = null } = said;
  const pattern = filter['filterPattern'] ?? '';
  return JSON.stringify([
    pattern,
    metricName,
    metricNamespace,
    metricValue,
    defaultValue,
    unit,
    dimensions,
    others.length,
  ]);
}
