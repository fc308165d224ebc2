import type { Logger } from '#kit/logger.ts';
import { childOf, readXml, textIn, type XmlElement } from '../aws/xml.ts';
import { askPatiently, type Answered, type PatientParts } from './patient-call.ts';

export interface LifecycleParts extends PatientParts {
  readonly logger: Logger;
  readonly instanceId: string;
  /** The tag `aws:autoscaling:groupName`, when it is known: it spares a call and its permission. */
  readonly groupTag: () => string | undefined;
}

/** The pause of this instance that an Auto Scaling group waits in. */
export interface LifecycleAction {
  readonly group: string;
  readonly hook: string;
  /** Time limits of the hook; undefined when the role may not describe it. */
  readonly limits: Pick<LifecycleHook, 'heartbeatMs' | 'globalMs'> | undefined;
}

export type Transition = 'autoscaling:EC2_INSTANCE_LAUNCHING' | 'autoscaling:EC2_INSTANCE_TERMINATING';

/** A hook that is found late, or an instance that is not yet waiting: the state follows its announcement by seconds. */
const NOT_YET_MS = 60_000;

/** The group this instance is in; undefined when it is in none, or nobody says. */
export async function findGroup(parts: LifecycleParts, signal: AbortSignal): Promise<string | undefined> {
  const tagged = parts.groupTag();
  if (tagged !== undefined) return tagged;
  const params = { 'InstanceIds.member.1': parts.instanceId };
  const answered = await ask(parts, 'DescribeAutoScalingInstances', params, signal);
  if (answered.kind === 'done') return readGroupName(answered.text);
  complain(parts, 'the Auto Scaling group of this instance cannot be found', answered);
  return undefined;
}

/**
 * The action to complete: of the hook called `named`, or of the only one of its kind. Where there are several and none
 * is named, some are not ours to complete.
 */
export async function findAction(
  parts: LifecycleParts,
  transition: Transition,
  named: string | undefined,
  signal: AbortSignal,
): Promise<LifecycleAction | undefined> {
  const group = await findGroup(parts, signal);
  if (group === undefined) return undefined;
  const described = await ask(parts, 'DescribeLifecycleHooks', { AutoScalingGroupName: group }, signal);
  if (described.kind !== 'done')
    complain(parts, 'the lifecycle hooks of the group cannot be read', described);
  const hooks = described.kind === 'done' ? readLifecycleHooks(described.text) : [];
  if (named !== undefined) return { group, hook: named, limits: hooks.find(({ name }) => name === named) };
  const [only, ...others] = hooks.filter((hook) => hook.transition === transition);
  if (only && others.length === 0) return { group, hook: only.name, limits: only };
  if (only) {
    const names = [only, ...others].map(({ name }) => name);
    parts.logger.warn('which lifecycle hook is ours to complete? name it in signals of plan.yaml', { names });
  }
  return undefined;
}

/** True when the group goes on. @param invalidForMs see `PatientCall`. */
export async function completeAction(
  parts: LifecycleParts,
  action: LifecycleAction,
  result: 'CONTINUE' | 'ABANDON',
  signal: AbortSignal,
  invalidForMs = NOT_YET_MS,
): Promise<boolean> {
  const params = { ...targetOf(parts, action), LifecycleActionResult: result };
  const answered = await ask(parts, 'CompleteLifecycleAction', params, signal, invalidForMs);
  if (answered.kind === 'done') {
    parts.logger.info('lifecycle action completed', { group: action.group, hook: action.hook, result });
    return true;
  }
  complain(parts, 'the lifecycle action cannot be completed', answered);
  return false;
}

/** Without limits the shortest that a hook may have is assumed, 30 s. */
const BLIND_PERIOD_MS = 10_000;
const LONGEST_PERIOD_MS = 300_000;

/** Keeps the group waiting until the signal aborts. Failures are told once: the next beat may get through. */
export async function keepAlive(
  parts: LifecycleParts,
  action: LifecycleAction,
  signal: AbortSignal,
): Promise<void> {
  const { limits } = action;
  const periodMs = limits ? Math.min(limits.heartbeatMs / 3, LONGEST_PERIOD_MS) : BLIND_PERIOD_MS;
  let complained = false;
  for (;;) {
    await parts.clock.sleep(periodMs, signal).catch(() => {});
    if (signal.aborted) return;
    const params = targetOf(parts, action);
    const options = { signal, repeatable: true };
    const result = await parts.aws.query('autoscaling', 'RecordLifecycleActionHeartbeat', params, options);
    if (result.kind === 'ok' || complained || signal.aborted) continue;
    complained = true;
    const why = result.kind === 'refused' ? `${result.code}: ${result.message}` : result.fault.cause;
    parts.logger.warn('the lifecycle action takes no heartbeat', { hook: action.hook, why });
  }
}

function targetOf({ instanceId }: LifecycleParts, { group, hook }: LifecycleAction): Record<string, string> {
  return { AutoScalingGroupName: group, LifecycleHookName: hook, InstanceId: instanceId };
}

function ask(
  parts: LifecycleParts,
  action: string,
  params: Readonly<Record<string, string>>,
  signal: AbortSignal,
  invalidForMs = 0,
): Promise<Answered> {
  return askPatiently(parts, { service: 'autoscaling', action, params, invalidForMs }, signal);
}

function complain({ logger }: LifecycleParts, what: string, answered: Answered): void {
  if (answered.kind !== 'done') logger.warn(what, { why: answered.why });
}

interface LifecycleHook {
  readonly name: string;
  readonly transition: string;
  /** Milliseconds without a heartbeat after which the group goes on. */
  readonly heartbeatMs: number;
  /** Milliseconds after which no heartbeat helps. */
  readonly globalMs: number;
}

/** DescribeAutoScalingInstances, asked for one instance: its group. */
function readGroupName(xml: string): string | undefined {
  const [instance] = membersOf(xml, 'DescribeAutoScalingInstances', 'AutoScalingInstances');
  return textIn(instance, 'AutoScalingGroupName') || undefined;
}

/** DescribeLifecycleHooks. Defaults as documented there: one hour, and the smaller of 48 hours and 100 heartbeats. */
function readLifecycleHooks(xml: string): readonly LifecycleHook[] {
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
