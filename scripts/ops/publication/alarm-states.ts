import { readQueryError } from '#agent/aws/query-error.ts';
import { classifyRefusal } from '#agent/aws/refusal-class.ts';
import { childOf, readXml, textIn } from '#agent/aws/xml.ts';
import { oneLine } from '#agent/console/terminal.ts';
import { LandfallError, type Fault } from '#kit/errors.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { OpsContext } from '../console/context.ts';
import { usage, valueOf } from '../console/options.ts';
import { createSignedCall } from '../site/signed-call.ts';
import { alarmsIn, type AlarmState, type HaltRule } from './halt-rule.ts';

/** What alarms of one region are in, by name; undefined for one that is not there. Reads once. */
export async function readAlarmStates(
  names: readonly string[],
  region: string,
  context: OpsContext,
): Promise<Outcome<ReadonlyMap<string, AlarmState | undefined>>> {
  const states = new Map<string, AlarmState | undefined>(names.map((name) => [name, undefined]));
  if (names.length === 0) return ok(states);
  const fields = names.map((name, at): [string, string] => [`AlarmNames.member.${at + 1}`, name]);
  const form = new URLSearchParams([
    ['Action', 'DescribeAlarms'],
    ['Version', '2010-08-01'],
    ['AlarmTypes.member.1', 'MetricAlarm'],
    ['AlarmTypes.member.2', 'CompositeAlarm'],
    ['MaxRecords', '100'],
    ...fields,
  ]);
  const subject = `alarms of ${region}: ${names.join(', ')}`;
  try {
    const call = createSignedCall('cloudwatch', region, context);
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const { status, text } = await call(headers, form.toString(), context.stop);
    if (status !== 200) return refused(text, status, subject);
    const root = readXml(text, ['DescribeAlarmsResponse']);
    if (typeof root === 'string') return retry(unreachable(subject, `the answer is ${root}`));
    const result = childOf(root, 'DescribeAlarmsResult');
    const members = ['MetricAlarms', 'CompositeAlarms'].flatMap(
      (list) => childOf(result, list)?.children ?? [],
    );
    for (const member of members)
      states.set(textIn(member, 'AlarmName') ?? '', {
        state: textIn(member, 'StateValue') ?? '',
        // It goes into the pointer, which every instance reads.
        reason: oneLine(textIn(member, 'StateReason') ?? '').slice(0, MOST_REASON_CHARS),
      });
    return ok(states);
  } catch (error) {
    if (error instanceof LandfallError) return fail(error.fault);
    return retry(unreachable(subject, error instanceof Error ? error.message : String(error)));
  }
}

const MOST_REASON_CHARS = 200;

function refused(text: string, status: number, subject: string): Outcome<never> {
  const { code, message = '' } = readQueryError(text) ?? { code: '' };
  const said = `CloudWatch says ${code === '' ? `HTTP ${status}` : code}: ${message}`.slice(0, 400);
  const fault = { operation: 'read', subject, cause: said };
  const refusal = classifyRefusal(code, status);
  if (refusal === 'throttled')
    return retry({ ...fault, code: 'LF_AWS_THROTTLED', hint: 'Run it again in a minute.' });
  if (refusal === 'broken') return retry(unreachable(subject, said));
  if (refusal === 'denied')
    return fail({ ...fault, code: 'LF_AWS_DENIED', hint: 'Allow cloudwatch:DescribeAlarms.' });
  return fail({ ...fault, code: 'LF_AWS_REFUSED', hint: 'See what the service says.' });
}

function unreachable(subject: string, cause: string): Fault {
  const hint = 'Check the network and AWS_ENDPOINT_URL, and run it again.';
  return { code: 'LF_AWS_UNREACHABLE', operation: 'read', subject, cause, hint };
}

/**
 * Before anything is written: an alarm that nobody finds would never halt, and one that is in alarm would halt at once.
 * @throws LandfallError `LF_USAGE`, and where `calm` is asked for `LF_ALARM_RAISED`.
 */
export async function requireAlarms(
  rule: HaltRule,
  regions: readonly string[],
  context: OpsContext,
  calm: boolean,
): Promise<void> {
  for (const region of regions) {
    const states = valueOf(await readAlarmStates(alarmsIn(rule, region), region, context));
    for (const [name, alarm] of states) {
      if (alarm === undefined)
        throw usage(
          `--halt-on ${name}`,
          `there is no such alarm in ${region}`,
          'Name an alarm of the region or its ARN, or a share of instances such as 5%.',
        );
      if (calm && alarm.state === 'ALARM')
        throw new LandfallError({
          code: 'LF_ALARM_RAISED',
          operation: 'roll out under',
          subject: `alarm ${name} of ${region}`,
          cause: `it is in alarm already${alarm.reason === '' ? '' : `: ${alarm.reason}`}`,
          hint: 'Mend what it tells of, or publish without it. Nothing was written.',
        });
    }
  }
}
