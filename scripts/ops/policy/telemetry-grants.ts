import { fillNamespace } from '#agent/metrics/base/namespace.ts';
import type { LogPlan } from '#agent/logs/entry/log-plan.ts';
import { fillTemplate } from '#agent/logs/names/name-template.ts';
import type { Grant } from './grant.ts';
import { arnOf, type Needs } from './needs.ts';

/** Where logs and metrics go. A name that hangs on a tag which is not there is waited for, and takes nothing. */
export function telemetryGrants(needs: Needs): readonly Grant[] {
  return [...needs.logs.flatMap((entry) => logGrants(needs, entry)), ...metricGrants(needs)];
}

function logGrants(needs: Needs, { group, wish }: LogPlan): readonly Grant[] {
  const filled = fillTemplate(group, needs.facts);
  if (filled.kind === 'waiting') return [];
  const name = arnOf(needs, 'logs', `log-group:${needs.wild(filled.name).replaceAll('{date}', '*')}`);
  // Of a group some actions are asked for by its name, others by that of a stream in it, which may be empty.
  const resources = [name, `${name}:*`];
  const actions = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
  const isTagged = Object.keys(wish.tags).length > 0;
  const shaping = [
    ...(wish.retentionDays === undefined ? [] : ['logs:PutRetentionPolicy']),
    ...(wish.kmsKey === undefined ? [] : ['logs:AssociateKmsKey']),
    ...(isTagged ? ['logs:ListTagsForResource', 'logs:TagResource'] : []),
    ...(wish.metricFilters === undefined
      ? []
      : ['logs:DescribeMetricFilters', 'logs:PutMetricFilter', 'logs:DeleteMetricFilter']),
  ];
  const grants: Grant[] = [{ purpose: 'SendLogs', actions, resources }];
  if (shaping.length > 0) grants.push({ purpose: 'ShapeLogGroups', actions: shaping, resources });
  if (shaping.length > 0 || wish.class !== undefined) {
    const all = [arnOf(needs, 'logs', 'log-group:*')];
    grants.push({ purpose: 'LookAtLogGroups', actions: ['logs:DescribeLogGroups'], resources: all });
  }
  return grants;
}

/** PutMetricData knows no resources: the namespace is what bounds it. */
function metricGrants({ metrics, facts, wild }: Needs): readonly Grant[] {
  const filled = metrics && fillNamespace(metrics.namespace, facts);
  if (filled?.kind !== 'filled') return [];
  const namespace = { 'cloudwatch:namespace': [wild(filled.namespace)] };
  const condition = {
    StringLike: namespace,
    StringEquals: { 'aws:RequestedRegion': [facts.region] },
  };
  return [{ purpose: 'SendMetrics', actions: ['cloudwatch:PutMetricData'], resources: ['*'], condition }];
}
