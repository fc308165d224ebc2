import picomatch from 'picomatch';
import { fillNamespace } from '#agent/metrics/base/namespace.ts';
import type { MetricsSettings } from '#agent/metrics/base/metrics-settings.ts';
import type { LogPlan } from '#agent/logs/entry/log-plan.ts';
import type { Facts } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { nearestName } from '#kit/nearest-name.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import {
  baseOf,
  tagsOf,
  type Alarm,
  type AlarmSet,
  type LeftOut,
  type MetricAlarm,
  type Whose,
} from './alarm.ts';

/** What the operator wants otherwise. */
export interface Wishes {
  /** ARNs of SNS topics of the region. */
  readonly notify: readonly string[];
  /** By the last part of a name: `disk`, `app/latency`. */
  readonly thresholds: ReadonlyMap<string, number>;
}

interface Candidate {
  readonly what: string;
  readonly metric: string;
  readonly statistic: 'MAX' | 'MIN' | 'SUM';
  readonly threshold: number | undefined;
  readonly periods: number;
  readonly description: string;
  /** Why the metric is not sent; undefined where it is. */
  readonly unsent: string | undefined;
}

/** AlarmRule holds 10,240 characters and 100 alarms ("PutCompositeAlarm"). */
const MOST_ALARMS = 100;
const MOST_RULE_CHARS = 10_240;

/** The alarms that the plan of a role allows for. `LF_PLAN_INVALID` where its metrics cannot be told from those of other roles. */
export function alarmSetOf(
  whose: Whose,
  settings: MetricsSettings,
  logs: readonly LogPlan[],
  facts: Facts,
  wishes: Wishes,
): Outcome<AlarmSet> {
  const base = baseOf(whose);
  const filled = fillNamespace(settings.namespace, facts);
  if (filled.kind === 'waiting' || settings.namespace.text.includes('{instanceId}'))
    return fail(
      unplaced(
        base,
        settings.namespace.text,
        filled.kind === 'waiting' ? filled.placeholder : '{instanceId}',
      ),
    );
  const where: string[] = [];
  for (const name of ['environment', 'role'] as const) {
    const value = whose[name];
    if (value === undefined || settings.namespace.text.includes(`{${name}}`)) continue;
    // Series of the monitoring scripts' groupings alone bear no dimension of the instance's own.
    const isGrouped = settings.aggregated === 'only' || settings.autoScaling === 'only';
    if (isGrouped || !settings.dimensions.includes(name)) return fail(unlike(base, name));
    if (!/^[\w.:/+=@ -]+$/.test(value)) return fail(unquotable(base, name, value));
    where.push(`${name === 'role' ? 'Role' : 'Environment'} = '${value}'`);
  }
  const from = `FROM "${filled.namespace}"${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}`;
  const candidates = candidatesOf(settings, logs);
  const stray = [...wishes.thresholds.keys()].find((name) => !candidates.some(({ what }) => what === name));
  if (stray !== undefined) return fail(noSuch(stray, candidates));

  const alarms: MetricAlarm[] = [];
  const leftOut: LeftOut[] = [];
  const period = Math.max(60, Math.ceil(settings.intervalMs / 60_000) * 60);
  for (const { what, metric, statistic, periods, description, unsent, ...candidate } of candidates) {
    const threshold = wishes.thresholds.get(what) ?? candidate.threshold;
    if (unsent !== undefined) leftOut.push({ what, why: unsent });
    else if (threshold === undefined)
      leftOut.push({ what, why: `nothing says from which value on: --threshold ${what}=NUMBER` });
    else
      alarms.push({
        kind: 'metric',
        name: `${base}/${what}`,
        description: `${description} What to do: docs/runbooks.md#${runbookOf(what)}`,
        query: `SELECT ${statistic}(${identifier(metric)}) ${from}`,
        period,
        periods,
        comparison: statistic === 'MIN' ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold',
        threshold,
        missing: statistic === 'MIN' ? 'breaching' : 'notBreaching',
      });
  }
  const rule = alarms.map(({ name }) => `ALARM("${name}")`).join(' OR ');
  if (alarms.length === 0) return fail(nothing(base));
  if (alarms.length > MOST_ALARMS || rule.length > MOST_RULE_CHARS) return fail(tooMany(base, alarms.length));
  const composite: Alarm = {
    kind: 'composite',
    name: base,
    description: 'Something of this role needs somebody: see which of its alarms.',
    rule,
    actions: wishes.notify,
  };
  return ok({ base, tags: tagsOf(whose), alarms: [...alarms, composite], leftOut });
}

/** The section of docs/runbooks.md; whoever is called at night has nothing but the description. */
function runbookOf(what: string): string {
  return what.includes('/') ? 'patterns-of-your-own' : what;
}

type Fixed = readonly [
  what: string,
  metric: string,
  statistic: Candidate['statistic'],
  threshold: number,
  periods: number,
  description: string,
];

const OWN: readonly Fixed[] = [
  [
    'not-ready',
    'landfall_ready',
    'MIN',
    1,
    5,
    'An instance has no accepted configuration, or none tells of itself.',
  ],
  ['stale', 'landfall_config_stale', 'MAX', 1, 5, 'An instance cannot check its source.'],
  ['refused', 'landfall_refusals', 'SUM', 1, 1, 'An instance has refused what was published.'],
  ['findings', 'landfall_guard_findings', 'MAX', 1, 1, 'A value in effect names another region.'],
  ['leaks', 'landfall_leaks', 'MAX', 1, 1, 'Something on an instance talks to another region.'],
];
const OF_LOGS: readonly Fixed[] = [
  ['logs-behind', 'landfall_log_lag_seconds', 'MAX', 300, 5, 'Logs wait to be acknowledged by CloudWatch.'],
  ['logs-lost', 'landfall_log_lost_events', 'SUM', 1, 1, 'Lines of logs were lost before they were read.'],
];
const MEMORY = {
  default: 'MemoryUtilization',
  classic: 'MemoryUtilization',
  cwagent: 'mem_used_percent',
} as const;
const DISK = {
  default: 'DiskUtilization',
  classic: 'DiskSpaceUtilization',
  cwagent: 'disk_used_percent',
} as const;

/** All there could be, in the order in which they are told. */
function candidatesOf(settings: MetricsSettings, logs: readonly LogPlan[]): readonly Candidate[] {
  const isOwn = settings.own.length === 0 ? () => false : picomatch([...settings.own]);
  const isWanted = settings.only === undefined ? () => true : picomatch([...settings.only]);
  const own = (
    [what, metric, statistic, threshold, periods, description]: Fixed,
    because?: string,
  ): Candidate => {
    const unsent = because ?? (isOwn(metric) ? undefined : `\`own\` of the metrics does not send ${metric}`);
    return { what, metric, statistic, threshold, periods, description, unsent };
  };
  const host = (what: 'disk' | 'memory', metric: string): Candidate => ({
    what,
    metric,
    statistic: 'MAX',
    threshold: 90,
    periods: 5,
    description: what === 'disk' ? 'A file system is nearly full.' : 'An instance has little memory left.',
    unsent:
      settings.collect.has(what) && isWanted(metric) ? undefined : `the metrics do not collect ${metric}`,
  });
  const unlogged = logs.length === 0 ? 'the plan has no logs' : undefined;
  return [
    ...OWN.map((fixed) => own(fixed)),
    ...OF_LOGS.map((fixed) => own(fixed, unlogged)),
    host('disk', DISK[settings.profile]),
    host('memory', MEMORY[settings.profile]),
    ...logs.flatMap(({ name, patterns }) =>
      patterns.map((pattern): Candidate => {
        const counts = pattern.value === undefined;
        return {
          what: `${name}/${pattern.name}`,
          metric: pattern.metric,
          statistic: counts ? 'SUM' : 'MAX',
          threshold: counts ? 1 : undefined,
          periods: 1,
          description: `Lines of ${name} that the pattern ${pattern.name} ${counts ? 'meets' : 'reads a number in'}.`,
          unsent: undefined,
        };
      }),
    ),
  ];
}

/** Of the grammar of Metrics Insights: these have to stand in quotes, as names with other characters have to. */
const KEYWORDS =
  /^(AND|AS|ASC|AVG|BETWEEN|BY|COUNT|DESC|EQ|FROM|GROUP|IN|LIMIT|MAX|MIN|NOT|OR|ORDER|REGEX|SCHEMA|SELECT|SUM|WHERE)$/i;

function identifier(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const METRICS = 'make alarms of the metrics of';

function unplaced(base: string, namespace: string, placeholder: string): Fault {
  return {
    code: 'LF_PLAN_INVALID',
    operation: METRICS,
    subject: base,
    cause: `the namespace ${namespace} hangs on ${placeholder}, and alarms are of all instances of a role`,
    hint: 'Use {environment} and {role} in it; give other tags with --tag NAME=VALUE.',
  };
}

function unlike(base: string, name: 'role' | 'environment'): Fault {
  return {
    code: 'LF_PLAN_INVALID',
    operation: METRICS,
    subject: base,
    cause: `nothing of them says the ${name}: the alarms of one would be in alarm for all`,
    hint: `Write {${name}} into metrics.namespace, or ${name} into metrics.dimensions.`,
  };
}

function unquotable(base: string, name: string, value: string): Fault {
  return {
    code: 'LF_PLAN_INVALID',
    operation: METRICS,
    subject: base,
    cause: `the ${name} ${JSON.stringify(value)} cannot stand in a query of CloudWatch`,
    hint: `Write {${name}} into metrics.namespace instead.`,
  };
}

function noSuch(name: string, candidates: readonly Candidate[]): Fault {
  const known = candidates.map(({ what }) => what);
  const near = nearestName(name, known);
  return {
    code: 'LF_USAGE',
    operation: 'read',
    subject: `--threshold ${name}`,
    cause: 'there is no such alarm',
    hint: near === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${near}?`,
  };
}

function nothing(base: string): Fault {
  return {
    code: 'LF_PLAN_INVALID',
    operation: METRICS,
    subject: base,
    cause: 'the plan sends none that an alarm could be made of',
    hint: 'Let metrics.own send landfall_ready at least: docs/alarms.md.',
  };
}

function tooMany(base: string, count: number): Fault {
  return {
    code: 'LF_PLAN_INVALID',
    operation: METRICS,
    subject: base,
    cause: `there would be ${count}, more than a composite alarm can name`,
    hint: 'Give fewer patterns a metric of their own, or shorter names.',
  };
}
