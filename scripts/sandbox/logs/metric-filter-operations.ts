import { isRecord } from '#kit/is-record.ts';
import { takePage, text, type LogsOperation } from './logs-call.ts';
import { done, failed, invalid, notFound } from './logs-reply.ts';

/** As PutMetricFilter documents them. */
const FILTER_NAME = /^[^:*]{1,512}$/;
const METRIC_NAME = /^[^:*$]{1,255}$/;
const MOST_FILTERS = 100;
const MOST_DIMENSIONS = 3;

/** Metric filters of a group. They count nothing here. */
export const METRIC_FILTER_OPERATIONS: Readonly<Record<string, LogsOperation>> = {
  PutMetricFilter({ groups, asked, now }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    const name = text(asked, 'filterName');
    if (!FILTER_NAME.test(name)) return invalid('filterName');
    const pattern = asked['filterPattern'];
    if (typeof pattern !== 'string' || pattern.length > 1024) return invalid('filterPattern');
    const transformation = readTransformation(asked['metricTransformations']);
    if (!transformation) return invalid('metricTransformations');
    if (group.class !== 'STANDARD')
      return failed('InvalidParameterException', 'The log group class does not support metric filters.');
    if (!group.filters.has(name) && group.filters.size >= MOST_FILTERS)
      return failed('LimitExceededException', 'Resource limit exceeded.');
    group.filters.set(name, { name, pattern, transformation, createdAt: now });
    return done();
  },

  DeleteMetricFilter({ groups, asked }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    return group.filters.delete(text(asked, 'filterName')) ? done() : notFound('metric filter');
  },

  DescribeMetricFilters({ groups, asked }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    const prefix = text(asked, 'filterNamePrefix');
    const page = takePage(
      [...group.filters.values()].filter(({ name }) => name.startsWith(prefix)),
      asked,
    );
    const metricFilters = page.items.map(({ name, pattern, transformation, createdAt }) => ({
      filterName: name,
      filterPattern: pattern,
      metricTransformations: [transformation],
      creationTime: createdAt,
      logGroupName: group.name,
    }));
    return done({ metricFilters, ...page.next });
  },
};

function readTransformation(raw: unknown): Readonly<Record<string, unknown>> | undefined {
  const [one, ...others] = Array.isArray(raw) ? (raw as readonly unknown[]) : [];
  if (!isRecord(one) || others.length > 0) return undefined;
  const names = [one['metricName'], one['metricNamespace']];
  if (!names.every((name) => typeof name === 'string' && METRIC_NAME.test(name))) return undefined;
  if (typeof one['metricValue'] !== 'string') return undefined;
  const dimensions = isRecord(one['dimensions']) ? Object.keys(one['dimensions']) : [];
  if (dimensions.length > MOST_DIMENSIONS) return undefined;
  return dimensions.length > 0 && one['defaultValue'] !== undefined ? undefined : one;
}
