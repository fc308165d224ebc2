/** What one alarm asks of all series of a metric that the instances of a role send. */
export interface MetricAlarm {
  readonly kind: 'metric';
  readonly name: string;
  readonly description: string;
  /** A query of CloudWatch Metrics Insights: instances come and go, and it finds those that are there. */
  readonly query: string;
  /** Seconds, a multiple of 60. */
  readonly period: number;
  /** So many periods in a row. */
  readonly periods: number;
  readonly comparison: 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  readonly missing: 'breaching' | 'notBreaching';
}

/** Of a role: in alarm while any of its alarms is. It alone notifies, so that one trouble is one message. */
export interface CompositeAlarm {
  readonly kind: 'composite';
  readonly name: string;
  readonly description: string;
  readonly rule: string;
  /** ARNs of SNS topics. */
  readonly actions: readonly string[];
}

export type Alarm = MetricAlarm | CompositeAlarm;

/** Those of one role in one environment of a region. */
export interface AlarmSet {
  /** `landfall/prod/web`: the name of the composite alarm, and how the others begin. */
  readonly base: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The composite alarm last: it names the others. */
  readonly alarms: readonly Alarm[];
  readonly leftOut: readonly LeftOut[];
}

/** An alarm that this plan gives nothing to. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/** Which role and environment, of those that have any. */
export interface Whose {
  readonly role?: string;
  readonly environment?: string;
}

/** By this tag an alarm is known as made here; its value is the base. */
export const OWNER_TAG = 'landfall:alarms';
/** How all names begin. */
export const ROOT = 'landfall';

export function baseOf({ role, environment }: Whose): string {
  return [ROOT, environment, role].filter((part) => part !== undefined).join('/');
}

export function tagsOf(whose: Whose): Readonly<Record<string, string>> {
  const { role, environment } = whose;
  return {
    [OWNER_TAG]: baseOf(whose),
    ...(environment === undefined ? {} : { 'landfall:environment': environment }),
    ...(role === undefined ? {} : { 'landfall:role': role }),
  };
}
