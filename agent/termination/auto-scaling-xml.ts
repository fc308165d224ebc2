import { element } from '../aws/xml.ts';

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
  return element(xml, 'AutoScalingGroupName') || undefined;
}

/** DescribeLifecycleHooks. Defaults as documented there: one hour, and the smaller of 48 hours and 100 heartbeats. */
export function readLifecycleHooks(xml: string): readonly LifecycleHook[] {
  return [...xml.matchAll(/<member>([\s\S]*?)<\/member>/g)].flatMap(([, member = '']) => {
    const name = element(member, 'LifecycleHookName');
    const transition = element(member, 'LifecycleTransition');
    if (!name || !transition) return [];
    const heartbeatMs = seconds(element(member, 'HeartbeatTimeout')) ?? 3_600_000;
    const globalMs = seconds(element(member, 'GlobalTimeout')) ?? Math.min(172_800_000, heartbeatMs * 100);
    return [{ name, transition, heartbeatMs, globalMs }];
  });
}

function seconds(text: string | undefined): number | undefined {
  const value = Number(text);
  return value > 0 ? value * 1000 : undefined;
}
