import { childOf, readXml, textIn, type XmlElement } from '../aws/xml.ts';

export interface LifecycleHook {
  readonly name: string;
  readonly transition: string;
  /** Milliseconds without a heartbeat after which the group goes on. */
  readonly heartbeatMs: number;
  /** Milliseconds after which no heartbeat helps. */
  readonly globalMs: number;
}

/** DescribeAutoScalingInstances, asked for one instance: its group. */
export function readGroupName(xml: string): string | undefined {
  const [instance] = membersOf(xml, 'DescribeAutoScalingInstances', 'AutoScalingInstances');
  return textIn(instance, 'AutoScalingGroupName') || undefined;
}

/** DescribeLifecycleHooks. Defaults as documented there: one hour, and the smaller of 48 hours and 100 heartbeats. */
export function readLifecycleHooks(xml: string): readonly LifecycleHook[] {
  return membersOf(xml, 'DescribeLifecycleHooks', 'LifecycleHooks').flatMap((member) => {
    const name = textIn(member, 'LifecycleHookName');
    const transition = textIn(member, 'LifecycleTransition');
    if (!name || !transition) return [];
    const heartbeatMs = seconds(textIn(member, 'HeartbeatTimeout')) ?? 3_600_000;
    const globalMs = seconds(textIn(member, 'GlobalTimeout')) ?? Math.min(172_800_000, heartbeatMs * 100);
    return [{ name, transition, heartbeatMs, globalMs }];
  });
}

/** `<ActionResponse><ActionResult><List><member>`; none in a document that is something else. */
function membersOf(xml: string, action: string, list: string): readonly XmlElement[] {
  const response = readXml(xml, [`${action}Response`]);
  if (typeof response === 'string') return [];
  return childOf(childOf(response, `${action}Result`), list)?.children ?? [];
}

function seconds(text: string | undefined): number | undefined {
  const value = Number(text);
  return value > 0 ? value * 1000 : undefined;
}
