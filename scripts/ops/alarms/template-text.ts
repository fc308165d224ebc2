import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { Alarm, AlarmSet, CompositeAlarm, MetricAlarm } from './alarm.ts';
import { QUERY_ID } from './cloudwatch-alarms.ts';

/** A template of CloudFormation, of one region. */
export function printCloudFormation(sets: readonly AlarmSet[]): string {
  const resources = sets.flatMap(({ alarms, tags }) => {
    const metrics = alarms.filter(({ kind }) => kind === 'metric').map(({ name }) => logicalId(name));
    const tagged = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    return alarms.map((alarm) => [logicalId(alarm.name), resourceOf(alarm, tagged, metrics)] as const);
  });
  const template = { AWSTemplateFormatVersion: '2010-09-09', Resources: Object.fromEntries(resources) };
  return stringify(template, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function resourceOf(alarm: Alarm, Tags: readonly object[], DependsOn: readonly string[]): object {
  const common = { AlarmName: alarm.name, AlarmDescription: alarm.description };
  if (alarm.kind === 'composite') {
    const actions = alarm.actions.length === 0 ? {} : { AlarmActions: alarm.actions };
    const Properties = { ...common, AlarmRule: alarm.rule, ...actions, Tags };
    return { Type: 'AWS::CloudWatch::CompositeAlarm', DependsOn, Properties };
  }
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      ...common,
      ComparisonOperator: alarm.comparison,
      Threshold: alarm.threshold,
      EvaluationPeriods: alarm.periods,
      TreatMissingData: alarm.missing,
      Metrics: [{ Id: QUERY_ID, Expression: alarm.query, Period: alarm.period, ReturnData: true }],
      Tags,
    },
  };
}

/** Letters and digits only, and apart for names that are: `app/5xx` and `app-5xx`. */
function logicalId(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('').slice(0, 200)}${digestOf(name)}`;
}

function digestOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 6);
}

/** Resources of Terraform's provider `aws`, of one region. */
export function printTerraform(sets: readonly AlarmSet[]): string {
  return sets.flatMap((set) => set.alarms.map((alarm) => block(alarm, set))).join('\n');
}

/** As `terraform fmt` has it, which many a repository checks. */
function block(alarm: Alarm, { tags, alarms }: AlarmSet): string {
  const own = alarm.kind === 'metric' ? metricArguments(alarm) : compositeArguments(alarm);
  const lines = [
    ...aligned('  ', [
      ['alarm_name', hcl(alarm.name)],
      ['alarm_description', hcl(alarm.description)],
      ...own,
    ]),
    ...(alarm.kind === 'metric' ? metricBlocks(alarm) : dependencies(alarms)),
    '  tags = {',
    ...aligned(
      '    ',
      Object.entries(tags).map(([key, value]) => [hcl(key), hcl(value)]),
    ),
    '  }',
  ];
  const type = alarm.kind === 'metric' ? 'aws_cloudwatch_metric_alarm' : 'aws_cloudwatch_composite_alarm';
  return `resource "${type}" "${terraformName(alarm.name)}" {\n${lines.join('\n')}\n}\n`;
}

type Argument = readonly [name: string, value: string];

function metricArguments(alarm: MetricAlarm): readonly Argument[] {
  return [
    ['comparison_operator', hcl(alarm.comparison)],
    ['threshold', String(alarm.threshold)],
    ['evaluation_periods', String(alarm.periods)],
    ['treat_missing_data', hcl(alarm.missing)],
  ];
}

function metricBlocks({ query, period }: MetricAlarm): readonly string[] {
  return [
    '  metric_query {',
    ...aligned('    ', [
      ['id', hcl(QUERY_ID)],
      ['expression', hcl(query)],
      ['period', String(period)],
      ['return_data', 'true'],
    ]),
    '  }',
    // Else one that nobody needs is destroyed before the composite alarm lets go of it, which CloudWatch refuses.
    '  lifecycle {',
    '    create_before_destroy = true',
    '  }',
  ];
}

function compositeArguments({ rule, actions }: CompositeAlarm): readonly Argument[] {
  const list: Argument = ['alarm_actions', `[${actions.map(hcl).join(', ')}]`];
  return [['alarm_rule', hcl(rule)], ...(actions.length === 0 ? [] : [list])];
}

function dependencies(alarms: readonly Alarm[]): readonly string[] {
  const others = alarms.filter(({ kind }) => kind === 'metric');
  return [
    '  depends_on = [',
    ...others.map(({ name }) => `    aws_cloudwatch_metric_alarm.${terraformName(name)},`),
    '  ]',
  ];
}

function aligned(indent: string, all: readonly Argument[]): readonly string[] {
  const width = Math.max(...all.map(([name]) => name.length));
  return all.map(([name, value]) => `${indent}${name.padEnd(width)} = ${value}`);
}

function terraformName(name: string): string {
  return `${name.replaceAll(/[^A-Za-z0-9]+/g, '_')}_${digestOf(name)}`;
}

/** As a string of HCL: `${` and `%{` begin templates there. */
function hcl(text: string): string {
  return JSON.stringify(text).replaceAll('${', '$$${').replaceAll('%{', '%%{');
}
