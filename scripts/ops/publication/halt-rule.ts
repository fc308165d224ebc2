import { usage } from '../console/options.ts';
import type { Adoption } from '../site/adoption.ts';

/** When a rollout is to stop by itself. */
export interface HaltRule {
  /** Undefined: however many fail. */
  readonly share: FailedShare | undefined;
  readonly alarms: readonly NamedAlarm[];
}

export interface FailedShare {
  /** Share of the instances that reported on the release, above 0 to 100. */
  readonly percent: number;
  /** So many have to have failed at least. */
  readonly least: number;
}

export interface NamedAlarm {
  readonly name: string;
  /** Region in an ARN; undefined for a name, which stands for an alarm of each region. */
  readonly region: string | undefined;
}

/** What CloudWatch says of an alarm. */
export interface AlarmState {
  /** `OK`, `ALARM` or `INSUFFICIENT_DATA`. */
  readonly state: string;
  /** In CloudWatch's words, on one line. */
  readonly reason: string;
}

/**
 * Reads `5%`, or `5%:3` for at least three, once at most; anything else is the name of an alarm, or its ARN in one of the regions.
 * @throws LandfallError `LF_USAGE`.
 */
export function readHaltRule(texts: readonly string[], regions: readonly string[]): HaltRule {
  const shares = texts.filter((text) => text.includes('%'));
  if (shares.length > 1)
    throw usage(`--halt-on ${shares.join(' ')}`, 'two shares say two things', 'Name one share.');
  const [share] = shares.map(readShare);
  const alarms = texts.filter((text) => !text.includes('%')).map((text) => readAlarm(text, regions));
  return { share, alarms };
}

function readShare(text: string): FailedShare {
  const [, percent = '', least = '1'] = /^(\d+(?:\.\d+)?)%(?::([1-9]\d{0,5}))?$/.exec(text) ?? [];
  const share = { percent: Number(percent), least: Number(least) };
  if (percent !== '' && share.percent > 0 && share.percent <= 100) return share;
  throw usage(
    `--halt-on ${text}`,
    'it is no share of instances',
    'Write it as 5%, or 5%:3 for three at least.',
  );
}

function readAlarm(text: string, regions: readonly string[]): NamedAlarm {
  if (!text.startsWith('arn:')) {
    if (text !== '' && text.length <= 255) return { name: text, region: undefined };
    throw usage(
      `--halt-on ${text}`,
      'it is neither a share nor the name of an alarm',
      'Write it as 5% or NAME.',
    );
  }
  const [, region, name] =
    /^arn:aws[a-z-]*:cloudwatch:([a-z0-9-]+):\d{12}:alarm:(.{1,255})$/.exec(text) ?? [];
  if (region === undefined || name === undefined)
    throw usage(`--halt-on ${text}`, 'it is no ARN of an alarm', 'Name the alarm, or write its whole ARN.');
  if (regions.includes(region)) return { name, region };
  throw usage(
    `--halt-on ${text}`,
    `it is in ${region}, and the rollout in ${regions.join(', ')}`,
    'Name an alarm of a region that the rollout is in.',
  );
}

/** Names of those that are looked at in a region. */
export function alarmsIn({ alarms }: HaltRule, region: string): readonly string[] {
  return [...new Set(alarms.filter((one) => (one.region ?? region) === region).map(({ name }) => name))];
}

/** Why the rollout has to stop; undefined while it may go on. */
export function reasonToHalt(
  { share }: HaltRule,
  { ok, failed }: Adoption,
  alarms: ReadonlyMap<string, AlarmState | undefined>,
): string | undefined {
  for (const [name, alarm] of alarms) {
    // Nobody would see what it was to see.
    if (alarm === undefined) return `alarm ${name} is gone`;
    if (alarm.state === 'ALARM')
      return `alarm ${name} is in alarm${alarm.reason === '' ? '' : `: ${alarm.reason}`}`;
  }
  if (share === undefined) return undefined;
  const bad = [...failed.values()].reduce((sum, count) => sum + count, 0);
  if (bad < share.least || bad * 100 < share.percent * (ok + bad)) return undefined;
  const codes = [...failed].map(([code, count]) => `${count} ${code}`).join(', ');
  return `${bad} of ${ok + bad} instances failed: ${codes}`;
}
