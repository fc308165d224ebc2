import type { LogPlan } from '#agent/logs/entry/log-plan.ts';
import type { MetricsSettings } from '#agent/metrics/base/metrics-settings.ts';
import type { Plan } from '#agent/plan/plan.ts';
import type { Settings } from '#agent/settings/settings.ts';
import type { Facts, SecretName, SourceAddress } from '#config-service';

/** All that decides what one kind of instance in one region calls of AWS. */
export interface Needs {
  /** With stand-ins for what only an instance knows. */
  readonly facts: Facts;
  /** `*` where nobody said which. */
  readonly account: string;
  readonly source: SourceAddress;
  readonly layout: Settings['layout'];
  /** Names of the layers, those of stores among them, with stand-ins. */
  readonly layers: readonly string[];
  readonly plan: Plan;
  readonly logs: readonly LogPlan[];
  /** Undefined where no layer has them. */
  readonly metrics: MetricsSettings | undefined;
  readonly secrets: readonly SecretName[];
  /** What the plan or a deployment fetches beside the layers: `s3://bucket/key`, with stand-ins. */
  readonly objects: readonly string[];
  /** Whether AWS's table of address ranges is looked for at the source. */
  readonly readsRanges: boolean;
  /** Whether tags are not in the metadata. */
  readonly describesTags: boolean;
  /** ARNs of KMS keys of the operator's own. */
  readonly keys: readonly string[];
  /** Of the Auto Scaling group; `*`: any of the account. */
  readonly group: string;
  /** The text with `*` in place of each stand-in. */
  readonly wild: (text: string) => string;
}

/** An ARN of the region and account. */
export function arnOf({ facts, account }: Needs, service: string, resource: string): string {
  return `arn:${facts.partition}:${service}:${facts.region}:${account}:${resource}`;
}

/** For actions that know no resources: no other region answers to them. */
export function inRegion({ facts }: Needs) {
  return { StringEquals: { 'aws:RequestedRegion': [facts.region] } };
}
