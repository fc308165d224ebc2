import type { Fault } from '#kit/errors.ts';
import type { AnswerType, Resolution } from '../across/resolvers.ts';
import type { DnsRecord, FoundRecord, FoundRecords } from './dns-record.ts';
import { isSameTarget, targetText, type RunbookName, type Side } from './runbook-name.ts';
import { blocked, timeOf, unread, type StepReading } from './step.ts';

/** What holds the switch back: what others may still have of the record as it was, and what users were told. */
export interface TtlWait {
  /** Seconds; undefined when this command did not lower it. */
  readonly oldTtl: number | undefined;
  /** Epoch ms; undefined as long as it was not lowered. */
  readonly loweredAt: number | undefined;
  /** Epoch ms: not before the time that users were told. */
  readonly announcedAt: number | undefined;
  readonly now: number;
}

export function waitMs(wait: TtlWait): number {
  return Math.max(0, (oldTtlEnd(wait) ?? 0) - wait.now, (wait.announcedAt ?? 0) - wait.now);
}

export function describeWait(wait: TtlWait): string {
  const { oldTtl, loweredAt, announcedAt, now } = wait;
  const until = oldTtlEnd(wait);
  if (announcedAt !== undefined && announcedAt > Math.max(now, until ?? 0))
    return `users were told ${timeOf(announcedAt)}`;
  if (oldTtl === undefined) return 'the TTL was low already; since when is not known';
  if (loweredAt === undefined || until === undefined) return `one old TTL of ${oldTtl}s, once it is lowered`;
  return `the old TTL of ${oldTtl}s ${until > now ? 'is over' : 'was over'} at ${timeOf(until)}`;
}

/** Epoch ms. */
function oldTtlEnd({ oldTtl, loweredAt }: TtlWait): number | undefined {
  return oldTtl === undefined || loweredAt === undefined ? undefined : loweredAt + oldTtl * 1000;
}

/** What was last seen of the name: its records, each there and moveable, or what is in the way. */
export type NameReading =
  | {
      readonly kind: 'records';
      readonly records: readonly DnsRecord[];
      /** Seconds; undefined when all are aliases. */
      readonly ttl: number | undefined;
    }
  | { readonly kind: 'strange'; readonly reading: StepReading }
  | { readonly kind: 'unread'; readonly fault: Fault };

export function readingOf(found: FoundRecords, dns: RunbookName): NameReading {
  const records: DnsRecord[] = [];
  for (const { moved, found: record } of found) {
    if (typeof record === 'string') return strange(record, moved.type, dns);
    records.push(record);
  }
  const ttls = new Set(records.flatMap(({ ttl }) => ttl ?? []));
  if (ttls.size > 1) {
    const cause = `its records have the TTLs ${[...ttls].map((ttl) => `${ttl}s`).join(' and ')}`;
    return { kind: 'strange', reading: blocked('ttl', dns.name, cause, 'Give them one: it is put back.') };
  }
  const [ttl] = ttls;
  const reading = { kind: 'records', records, ttl } as const;
  if (isAt(reading, dns, 'from') || isAt(reading, dns, 'to')) return reading;
  return { kind: 'strange', reading: elsewhere(records, dns) };
}

export function isAt(reading: NameReading, { records }: RunbookName, side: Side): boolean {
  return (
    reading.kind === 'records' &&
    records.every(({ type, [side]: target }) =>
      reading.records.some((record) => record.type === type && isSameTarget(record.target, target)),
    )
  );
}

/** The steps that the records alone tell: TTL, wait and switch. */
export function nameSteps(reading: NameReading, dns: RunbookName, wait: TtlWait): readonly StepReading[] {
  if (reading.kind === 'unread') return [unread('ttl', reading.fault)];
  if (reading.kind === 'strange') return [reading.reading];
  const [now, then] = [targetText(dns, 'from'), targetText(dns, 'to')];
  const { ttl } = reading;
  const there = ttl === undefined ? 'an alias, with that of what it leads to' : `${ttl}s`;
  if (isAt(reading, dns, 'to')) {
    return [
      { step: 'ttl', state: 'done', detail: there },
      { step: 'wait', state: 'done', detail: 'over' },
      { step: 'switch', state: 'done', detail: then },
    ];
  }
  const isLow = ttl === undefined || ttl <= dns.ttl;
  const waiting = waitMs(wait) > 0 ? 'waiting' : 'done';
  return [
    { step: 'ttl', state: isLow ? 'done' : 'due', detail: isLow ? there : `${ttl}s to ${dns.ttl}s` },
    isLow
      ? { step: 'wait', state: waiting, detail: describeWait(wait) }
      : { step: 'wait', state: 'due', detail: `${ttl}s, once it is lowered` },
    { step: 'switch', state: 'due', detail: `${now} to ${then}` },
  ];
}

function strange(record: Exclude<FoundRecord, DnsRecord>, type: AnswerType, dns: RunbookName): NameReading {
  const subject = `${dns.name} ${type}`;
  const reading =
    record === 'absent'
      ? blocked('ttl', subject, `there is none in ${dns.zone}`, 'Check dns.zone, dns.name and dns.type.')
      : blocked('ttl', subject, 'it is one of several by a routing policy', 'Move it by hand.');
  return { kind: 'strange', reading };
}

/** Records that are neither as before nor as after are somebody else's work. */
function elsewhere(records: readonly DnsRecord[], dns: RunbookName): StepReading {
  const subject = `${dns.name} ${records.map(({ type }) => type).join(', ')}`;
  const said = records.map(({ target: { values, alias } }) =>
    alias
      ? `alias ${values.join(' ')} in ${alias.zone}, ${alias.evaluates ? 'with' : 'without'} its health`
      : values.join(' '),
  );
  const cause = `it is ${said.join(' ')}, neither ${targetText(dns, 'from')} nor ${targetText(dns, 'to')}`;
  return blocked('ttl', subject, cause, 'See who changed it, and write what it is into the runbook.');
}

/** What a resolver says of the name, and what it has to say. */
export interface NameAnswer {
  readonly type: AnswerType;
  readonly said: Resolution;
  readonly expected: readonly string[];
  /** Of an alias, whose addresses take turns, one that the target has is enough. */
  readonly isAlias: boolean;
}

/** Whether every resolver says so. `waiting` is for after the switch; before it nobody can. */
export function answeredStep(
  answers: readonly NameAnswer[],
  dns: RunbookName,
  side: Side,
  isSwitched: boolean,
): StepReading {
  const isThere = ({ said: { addresses }, expected, isAlias }: NameAnswer): boolean =>
    isAlias
      ? addresses.some((address) => expected.includes(address))
      : addresses.join(' ') === expected.join(' ');
  const others = answers.filter((answer) => !isThere(answer));
  const resolvers = new Set(answers.map(({ said }) => said.resolver)).size;
  if (others.length === 0)
    return {
      step: 'verify',
      state: 'done',
      detail: `${resolvers} of ${resolvers} say ${targetText(dns, side)}`,
    };
  const words = others.map(({ type, said: { resolver, addresses, ttl, trouble } }) => {
    const said =
      addresses.length > 0 ? addresses.join(' ') : `${trouble}${type === 'A' ? '' : ` of ${type}`}`;
    return `${resolver} says ${said}${ttl === null ? '' : ` for ${ttl}s`}`;
  });
  return { step: 'verify', state: isSwitched ? 'waiting' : 'due', detail: words.join(', ') };
}
