import { readQueryError } from '#agent/aws/query-error.ts';
import { childOf, readXml, textIn, type XmlElement } from '#agent/aws/xml.ts';
import { LandfallError } from '#kit/errors.ts';
import { askPatiently } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import type { OpsContext } from '../console/context.ts';
import { createSignedCall, refusedBy } from '../site/signed-call.ts';
import type { Alarm, CompositeAlarm, MetricAlarm } from './alarm.ts';
import type { ThereAlarm } from './alarm-changes.ts';

/** The alarms of one region, over the query protocol. Each call is asked again while the trouble passes. @throws LandfallError. */
export interface CloudWatchAlarms {
  /** All whose names begin so, with their tags. */
  readonly list: (prefix: string) => Promise<readonly ThereAlarm[]>;
  /** Tags count for new ones only: CloudWatch ignores them on others. */
  readonly put: (
    alarm: Alarm,
    tags: Readonly<Record<string, string>>,
    actionsEnabled: boolean,
  ) => Promise<void>;
  /** What is gone already is what was asked for. */
  readonly remove: (name: string) => Promise<void>;
}

export function createCloudWatchAlarms(
  region: string,
  patience: Patience,
  context: OpsContext,
): CloudWatchAlarms {
  const call = createSignedCall('cloudwatch', region, context);
  return {
    async list(prefix) {
      const found: ThereAlarm[] = [];
      let next: string | undefined;
      do {
        const result = await send('DescribeAlarms', prefix, {
          AlarmNamePrefix: prefix,
          'AlarmTypes.member.1': 'MetricAlarm',
          'AlarmTypes.member.2': 'CompositeAlarm',
          MaxRecords: '100',
          ...(next === undefined ? {} : { NextToken: next }),
        });
        for (const member of membersOf(result, 'MetricAlarms')) found.push(await withTags(member, 'metric'));
        for (const member of membersOf(result, 'CompositeAlarms'))
          found.push(await withTags(member, 'composite'));
        next = textIn(result, 'NextToken')?.trim() || undefined;
      } while (next !== undefined);
      return found;
    },
    async put(alarm, tags, actionsEnabled) {
      const common = {
        AlarmName: alarm.name,
        AlarmDescription: alarm.description,
        ActionsEnabled: String(actionsEnabled),
        ...tagFields(tags),
      };
      if (alarm.kind === 'metric')
        await send('PutMetricAlarm', alarm.name, { ...common, ...metricFields(alarm) });
      else await send('PutCompositeAlarm', alarm.name, { ...common, ...compositeFields(alarm) });
    },
    async remove(name) {
      await send('DeleteAlarms', name, { 'AlarmNames.member.1': name }, ['ResourceNotFound']);
    },
  };

  async function withTags(member: XmlElement, kind: Alarm['kind']): Promise<ThereAlarm> {
    const name = textIn(member, 'AlarmName') ?? '';
    const arn = textIn(member, 'AlarmArn') ?? '';
    // Gone between the two calls: nobody's.
    const result = await send('ListTagsForResource', name, { ResourceARN: arn }, [
      'ResourceNotFoundException',
    ]);
    const tags = new Map(
      membersOf(result, 'Tags').map((tag) => [textIn(tag, 'Key') ?? '', textIn(tag, 'Value') ?? '']),
    );
    const alarm = kind === 'metric' ? metricOf(member) : compositeOf(member);
    return { alarm, kind, name, tags, actionsEnabled: textIn(member, 'ActionsEnabled') !== 'false' };
  }

  /** The result element; undefined where there is none, or where one of `gone` was said. */
  async function send(
    action: string,
    subject: string,
    fields: Readonly<Record<string, string>>,
    gone: readonly string[] = [],
  ): Promise<XmlElement | undefined> {
    const form = new URLSearchParams({ Action: action, Version: '2010-08-01', ...fields });
    const answer = await askPatiently(
      { service: 'CloudWatch', action, subject },
      patience,
      async (signal) => {
        const { status, text } = await call(HEADERS, form.toString(), signal);
        if (status !== 200) {
          const { code, message = '' } = readQueryError(text) ?? { code: '' };
          if (gone.includes(code)) return undefined;
          throw refusedBy(code, message, status);
        }
        const root = readXml(text, [`${action}Response`]);
        if (typeof root === 'string') throw new Error(`the answer of CloudWatch is ${root}`);
        return childOf(root, `${action}Result`);
      },
    );
    if (answer.kind === 'refused') throw new LandfallError(answer.fault);
    return answer.value;
  }
}

const HEADERS = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

function metricFields(alarm: MetricAlarm): Readonly<Record<string, string>> {
  return {
    ComparisonOperator: alarm.comparison,
    Threshold: String(alarm.threshold),
    EvaluationPeriods: String(alarm.periods),
    TreatMissingData: alarm.missing,
    'Metrics.member.1.Id': QUERY_ID,
    'Metrics.member.1.Expression': alarm.query,
    'Metrics.member.1.Period': String(alarm.period),
    'Metrics.member.1.ReturnData': 'true',
  };
}

/** Identifier of the one query of an alarm; CloudWatch wants a small letter first. */
export const QUERY_ID = 'q1';

function compositeFields({ rule, actions }: CompositeAlarm): Readonly<Record<string, string>> {
  return {
    AlarmRule: rule,
    ...Object.fromEntries(actions.map((arn, at) => [`AlarmActions.member.${at + 1}`, arn])),
  };
}

function tagFields(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([key, value], at) => [
      [`Tags.member.${at + 1}.Key`, key],
      [`Tags.member.${at + 1}.Value`, value],
    ]),
  );
}

function metricOf(member: XmlElement): MetricAlarm | undefined {
  const [query, ...more] = membersOf(member, 'Metrics');
  const [comparison, missing] = [textIn(member, 'ComparisonOperator'), textIn(member, 'TreatMissingData')];
  const hasActions = ['AlarmActions', 'OKActions', 'InsufficientDataActions'].some(
    (list) => membersOf(member, list).length > 0,
  );
  if (query === undefined || more.length > 0 || hasActions) return undefined;
  if (comparison !== 'GreaterThanOrEqualToThreshold' && comparison !== 'LessThanThreshold') return undefined;
  if (missing !== 'breaching' && missing !== 'notBreaching') return undefined;
  return {
    kind: 'metric',
    name: textIn(member, 'AlarmName') ?? '',
    description: textIn(member, 'AlarmDescription') ?? '',
    query: textIn(query, 'Expression') ?? '',
    period: Number(textIn(query, 'Period')),
    periods: Number(textIn(member, 'EvaluationPeriods')),
    comparison,
    threshold: Number(textIn(member, 'Threshold')),
    missing,
  };
}

function compositeOf(member: XmlElement): CompositeAlarm {
  return {
    kind: 'composite',
    name: textIn(member, 'AlarmName') ?? '',
    description: textIn(member, 'AlarmDescription') ?? '',
    rule: textIn(member, 'AlarmRule') ?? '',
    actions: membersOf(member, 'AlarmActions').map(({ text }) => text.trim()),
  };
}

function membersOf(element: XmlElement | undefined, list: string): readonly XmlElement[] {
  return childOf(element, list)?.children ?? [];
}
