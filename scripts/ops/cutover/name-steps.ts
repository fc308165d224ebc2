import type { Fault } from '#kit/errors.ts';
import type { Resolution } from '../across/resolvers.ts';
import type { FoundRecord } from './dns-record.ts';
import type { RunbookName } from './runbook.ts';
import { blocked, unread, type StepReading } from './step.ts';

/** How long whoever asked before may still have the record as it was before its TTL was lowered. */
export interface TtlWait {
  /** Seconds; undefined when this command did not lower it. */
  readonly oldTtl: number | undefined;
  /** Epoch ms; undefined as long as it was not lowered. */
  readonly loweredAt: number | undefined;
  readonly now: number;
}

export function waitMs({ oldTtl, loweredAt, now }: TtlWait): number {
  return oldTtl === undefined || loweredAt === undefined ? 0 : Math.max(0, loweredAt + oldTtl * 1000 - now);
}

export function describeWait(wait: TtlWait): string {
  const { oldTtl, loweredAt } = wait;
  if (oldTtl === undefined) return 'the TTL was low already; since when is not known';
  if (loweredAt === undefined) return `one old TTL of ${oldTtl}s, once it is lowered`;
  const word = waitMs(wait) > 0 ? 'is over' : 'was over';
  return `the old TTL of ${oldTtl}s ${word} at ${timeOf(loweredAt + oldTtl * 1000)}`;
}

export function isAt(record: FoundRecord | Fault, values: readonly string[]): boolean {
  return typeof record === 'object' && 'values' in record && record.values.join(' ') === values.join(' ');
}

/** The steps that the record alone tells: TTL, wait and switch. */
export function recordSteps(
  record: FoundRecord | Fault,
  dns: RunbookName,
  wait: TtlWait,
): readonly StepReading[] {
  if (typeof record === 'object' && 'code' in record) return [unread('ttl', record)];
  const [isNew, isOld] = [isAt(record, dns.to), isAt(record, dns.from)];
  if (typeof record !== 'object' || (!isNew && !isOld)) return [strangeRecord(record, dns)];
  const { ttl } = record;
  const [now, then] = [record.values.join(' '), dns.to.join(' ')];
  if (isNew) {
    return [
      { step: 'ttl', state: 'done', detail: `${ttl}s` },
      { step: 'wait', state: 'done', detail: 'over' },
      { step: 'switch', state: 'done', detail: now },
    ];
  }
  const isLow = ttl <= dns.ttl;
  const waiting = waitMs(wait) > 0 ? 'waiting' : 'done';
  return [
    { step: 'ttl', state: isLow ? 'done' : 'due', detail: isLow ? `${ttl}s` : `${ttl}s to ${dns.ttl}s` },
    isLow
      ? { step: 'wait', state: waiting, detail: describeWait(wait) }
      : { step: 'wait', state: 'due', detail: `${ttl}s, once it is lowered` },
    { step: 'switch', state: 'due', detail: `${now} to ${then}` },
  ];
}

/** A record that is neither as before nor as after is somebody else's work. */
export function strangeRecord(record: FoundRecord, { name, type, zone, from, to }: RunbookName): StepReading {
  const subject = `${name} ${type}`;
  if (record === 'absent')
    return blocked('ttl', subject, `there is none in ${zone}`, 'Check dns.zone and dns.name.');
  if (record === 'routed')
    return blocked(
      'ttl',
      subject,
      'it is an alias, or one of several by a routing policy',
      'Move it by hand.',
    );
  const cause = `it is ${record.values.join(' ')}, neither ${from.join(' ')} nor ${to.join(' ')}`;
  return blocked('ttl', subject, cause, 'See who changed it, and write what it is into the runbook.');
}

/** Whether every resolver says so. `waiting` is for after the switch; before it nobody can. */
export function answeredStep(
  resolutions: readonly Resolution[],
  values: readonly string[],
  isSwitched: boolean,
): StepReading {
  const others = resolutions.filter(({ addresses }) => addresses.join(' ') !== values.join(' '));
  const all = resolutions.length;
  if (others.length === 0)
    return { step: 'verify', state: 'done', detail: `${all} of ${all} say ${values.join(' ')}` };
  const words = others.map(({ resolver, addresses, ttl, trouble }) => {
    const said = addresses.length > 0 ? addresses.join(' ') : trouble;
    return `${resolver} says ${said}${ttl === null ? '' : ` for ${ttl}s`}`;
  });
  return { step: 'verify', state: isSwitched ? 'waiting' : 'due', detail: words.join(', ') };
}

function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
