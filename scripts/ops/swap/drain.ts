import { readQueryError } from '#agent/aws/query-error.ts';
import { childOf, readXml, textIn } from '#agent/aws/xml.ts';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { askPatiently, type Answer } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import type { OpsContext } from '../console/context.ts';
import { usage } from '../console/options.ts';
import { createSignedCall, refusedBy, type SignedCall } from '../site/signed-call.ts';
import type { Instance, Pair } from './holdings.ts';
import { commandFails } from './operator-command.ts';
import type { Named } from './reading.ts';

/** What has to let go of blue before anything moves. */
export type Drain =
  | { readonly kind: 'target-group'; readonly arn: string; readonly name: string }
  /** Prints a line for each connection that blue still has. */
  | { readonly kind: 'connections'; readonly command: string };

/** Partition and account may be any; the region is that of the pair, for no other one is asked. */
const TARGET_GROUP = /^arn:[^:]+:elasticloadbalancing:([^:]+):\d{12}:targetgroup\/([^/]+)\/[0-9a-f]+$/;

/** @throws LandfallError `LF_USAGE`. */
export function readDrain(text: string, connections: string | undefined, { region }: Pair): Drain {
  if (text === 'connections') {
    if (connections !== undefined) return { kind: 'connections', command: connections };
    const hint =
      "Say how they are seen: --connections 'ssh root@10.0.1.4 ss -Htn state established sport = :443'.";
    throw usage('--drain connections', 'nothing says how connections to blue are seen', hint);
  }
  const [, where, name = ''] = TARGET_GROUP.exec(text) ?? [];
  if (where === undefined) {
    const hint = 'Write the ARN of a target group, or the word connections.';
    throw usage(`--drain ${text}`, 'it is neither a target group nor connections', hint);
  }
  if (where !== region)
    throw usage(`--drain ${text}`, `it is in ${where}, the pair in ${region}`, 'Name one of this region.');
  return { kind: 'target-group', arn: text, name };
}

function describeDrain(drain: Drain, blue: string): string {
  return drain.kind === 'target-group'
    ? `wait until target group ${drain.name} has let go of ${blue}`
    : `wait until ${blue} has no connections, by ${drain.command}`;
}

export interface DrainParts {
  readonly context: OpsContext;
  readonly patience: Patience;
  readonly say: (line: string) => void;
}

/**
 * What a plan shows of it: the wait, if there is one. What a target group says is read; a command of the operator is not run, for
 * it may do anything.
 */
export async function planDrain(
  drain: Drain,
  pair: Pair,
  blue: Instance | undefined,
  parts: Pick<DrainParts, 'context' | 'patience'>,
): Promise<Outcome<readonly string[]>> {
  const step = describeDrain(drain, pair.blue);
  if (drain.kind === 'connections') return ok([step]);
  const looked = await heldInGroup(drain, pair, blue, parts);
  if (looked.kind === 'refused') return fail(undrained(drain.name, looked.fault));
  return ok(looked.value === undefined ? [] : [`${step}: ${looked.value}`]);
}

/** One look at a target group: what it still has of blue, in words; undefined for nothing. Only reads. */
async function heldInGroup(
  { arn, name }: Extract<Drain, { kind: 'target-group' }>,
  pair: Pair,
  blue: Instance | undefined,
  { context, patience }: Pick<DrainParts, 'context' | 'patience'>,
): Promise<Answer<string | undefined>> {
  const call = createSignedCall('elasticloadbalancing', pair.region, context);
  const asked = { service: 'elasticloadbalancing', action: 'DescribeTargetHealth', subject: name };
  // Groups name their targets by instance or by address.
  const ids = new Set([pair.blue, ...(blue?.places ?? []).map(({ privateIp }) => privateIp)]);
  return await askPatiently(asked, patience, async (signal) => {
    const targets = await targetsOf(call, arn, signal);
    const held = targets.filter(({ id, state }) => ids.has(id) && state !== 'unused');
    if (held.length === 0) return undefined;
    return held.map(({ id, port, state }) => `${id}${port === '' ? '' : `:${port}`} is ${state}`).join(', ');
  });
}

/** Waits until blue is let go of. Empty once it is, else why it is not, when time is up or the command is stopped. */
export async function drainFails(
  drain: Drain,
  pair: Pair,
  named: Named,
  blue: Instance | undefined,
  parts: DrainParts,
): Promise<readonly Fault[]> {
  const { patience, say } = parts;
  say(describeDrain(drain, pair.blue));
  let said = '';
  for (;;) {
    const looked =
      drain.kind === 'target-group'
        ? await heldInGroup(drain, pair, blue, parts)
        : await connectionsOf(drain.command, pair, named, parts);
    if (looked.kind === 'refused' && patience.state() === 'late')
      return [drainFault(drain, pair, said || 'what it still has was not seen in time')];
    if (looked.kind === 'refused')
      return [undrained(describeDrain(drain, pair.blue), looked.fault), looked.fault];
    if (looked.value === undefined) return [];
    if (looked.value !== said) say(looked.value);
    said = looked.value;
    if ((await patience.sleep(patience.pollMs)) !== 'on') return [drainFault(drain, pair, said)];
  }
}

async function connectionsOf(
  command: string,
  pair: Pair,
  named: Named,
  { context, patience }: DrainParts,
): Promise<Answer<string | undefined>> {
  let text = '';
  const hear = (piece: string): void => void (text += piece);
  const failed = await commandFails({ command, pair, named, hear }, patience, context);
  if (failed !== undefined) {
    const hint = 'It has to end with 0 and print a line for each connection. Nothing was changed.';
    const fault = drainFaultOf('see connections by', command, failed, hint);
    return { kind: 'refused', class: 'invalid', code: '', fault };
  }
  const count = text.split('\n').filter((line) => line.trim() !== '').length;
  const value = count === 0 ? undefined : `${pair.blue} has ${count} connection${count === 1 ? '' : 's'}`;
  return { kind: 'ok', value };
}

interface Target {
  readonly id: string;
  readonly port: string;
  /** `initial`, `healthy`, `unhealthy`, `draining`, `unused`, `unavailable`. */
  readonly state: string;
}

async function targetsOf(call: SignedCall, arn: string, signal: AbortSignal): Promise<readonly Target[]> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const form = new URLSearchParams({
    Action: 'DescribeTargetHealth',
    Version: '2015-12-01',
    TargetGroupArn: arn,
  });
  const { status, text } = await call(headers, form.toString(), signal);
  if (status !== 200) {
    const { code, message = '' } = readQueryError(text) ?? { code: '' };
    throw refusedBy(code, message, status);
  }
  const root = readXml(text, ['DescribeTargetHealthResponse']);
  if (typeof root === 'string') throw new Error(`the answer of Elastic Load Balancing is ${root}`);
  const list = childOf(childOf(root, 'DescribeTargetHealthResult'), 'TargetHealthDescriptions');
  return (list?.children ?? []).map((member) => ({
    id: (textIn(childOf(member, 'Target'), 'Id') ?? '').trim(),
    port: (textIn(childOf(member, 'Target'), 'Port') ?? '').trim(),
    state: (textIn(childOf(member, 'TargetHealth'), 'State') ?? '').trim(),
  }));
}

function drainFault(drain: Drain, { blue }: Pair, said: string): Fault {
  const subject = drain.kind === 'target-group' ? drain.name : blue;
  const hint =
    drain.kind === 'target-group' && !said.includes('is draining')
      ? 'Take blue out of the target group: nothing is deregistered by a swap. Nothing was changed.'
      : 'Give it more time with --timeout, or end them. Nothing was changed.';
  return drainFaultOf('drain', subject, said, hint);
}

function undrained(subject: string, { cause, hint }: Fault): Fault {
  return drainFaultOf('drain', subject, cause, hint);
}

function drainFaultOf(operation: string, subject: string, cause: string, hint: string): Fault {
  return { code: 'LF_SWAP_DRAIN', operation, subject, cause, hint };
}
