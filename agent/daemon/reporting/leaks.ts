import type { EventLog, Generation } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { formatDuration } from '#kit/duration.ts';
import { isoTime } from '#kit/iso-time.ts';
import type { Closable } from '#kit/lifecycle.ts';
import { counter, gauge, gaugesBy, type Family } from '#kit/metric-family.ts';
import type { Imds } from '../../identity/imds.ts';
import type { Leak } from '../../leaks/leak-book.ts';
import type { LeakReport, LeakWatch } from '../../leaks/leak-watch.ts';
import type { LeaksSection, Plan } from '../../plan/plan.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AddressBook, AddressBookStatus } from '../configuration/address-book.ts';
import type { Host } from '../runtime/host.ts';

export interface LeaksParts {
  readonly settings: Pick<Settings, 'intervalMs' | 'ipRanges'>;
  readonly host: Pick<Host, 'clock' | 'logger'>;
  readonly home: string;
  readonly imds: Pick<Imds, 'read'>;
  readonly events: EventLog;
  readonly addresses: Pick<AddressBook, 'ranges' | 'want' | 'status'>;
  readonly generation: () => Generation | undefined;
  readonly isSecret: (key: string) => boolean;
  /** Undefined before the first one. */
  readonly plan: () => Plan | undefined;
}

/** What talks to another region from this host: looked at once an interval, for as long as the agent runs. */
export interface Leaks extends Closable {
  /** With every check: asks for a table where one is needed. */
  tick(): void;
  /** What keeps the instance from being ready. */
  readonly fault: Fault | undefined;
  document(): LeaksDocument;
  families(): readonly Family[];
}

const NOT_ASKED: LeaksSection = { mode: 'warn', allow: [] };

/**
 * On where there is a table of address ranges, or a plan says `leaks:`; names are looked at only where it does. By its own clock
 * and not as a part of a check: a source that does not answer must not hide a leak.
 */
export function watchLeaks(parts: LeaksParts): Leaks {
  const { settings, host, home, events, addresses } = parts;
  const { clock, logger } = host;
  const closing = new AbortController();
  const { signal } = closing;
  let watch: LeakWatch | undefined;
  let found = 0;
  let isToldBlind = false;

  const asked = (): LeaksSection | undefined => parts.plan()?.leaks;
  const section = (): LeaksSection => asked() ?? NOT_ASKED;
  const isOn = (): boolean => {
    const isGiven = asked() !== undefined || settings.ipRanges !== '' || addresses.ranges() !== undefined;
    return section().mode !== 'off' && isGiven && parts.generation() !== undefined;
  };
  const tell = (action: 'found' | 'ended', leak: Leak): void => {
    const { kind, region, service, process, pid, unit, to, host: name, keys } = leak;
    const fields = { kind, region, service, process, pid, unit, to: to.slice(0, 3), host: name, keys };
    events.record('leak', { action, ...fields });
    if (action === 'found') {
      found += 1;
      logger.warn('something here leads to another region', fields);
    } else logger.info('it no longer leads to another region', fields);
  };
  const configuration = () => {
    const generation = parts.generation();
    if (!generation || asked() === undefined) return undefined;
    const values = [...generation.effective]
      .filter(([key]) => !parts.isSecret(key))
      .map(([key, { value }]) => ({ key, value }));
    return { digest: generation.digest, values };
  };
  const open = async (): Promise<LeakWatch> => {
    // Loaded when wanted: most hosts have no table.
    const [{ createLeakWatch }, { readOwnBlocks }, { createResolver }] = await Promise.all([
      import('../../leaks/leak-watch.ts'),
      import('../../leaks/own-blocks.ts'),
      import('../../leaks/resolver.ts'),
    ]);
    return createLeakWatch({
      clock,
      home,
      ranges: () => addresses.ranges(),
      section,
      allow: () => parts.plan()?.allow ?? [],
      configuration,
      ownBlocks: (stop) => readOwnBlocks(parts.imds, stop),
      resolve: createResolver(),
      found: (leak) => tell('found', leak),
      ended: (leak) => tell('ended', leak),
    });
  };
  /** There is one, or it is known that there is none. */
  const isTableKnown = (): boolean => {
    const table = addresses.status();
    return table !== undefined && (table.checkedAt !== null || table.failure !== null);
  };
  const look = async (): Promise<void> => {
    if (!isOn() || !isTableKnown()) return;
    watch ??= await open();
    await watch.look(signal);
    const { blind } = watch.report();
    if (blind !== undefined && !isToldBlind) logger.warn('leaks cannot be seen', { cause: blind });
    isToldBlind = blind !== undefined;
  };
  const watching = (async () => {
    for (;;) {
      await clock.sleep(settings.intervalMs, signal);
      await look();
    }
  })().catch((error: unknown) => {
    if (!signal.aborted) logger.error('leaks are no longer watched', { error: String(error) });
  });

  return {
    name: 'leaks',
    close: async () => {
      closing.abort();
      await watching;
    },
    tick() {
      if (isOn()) addresses.want();
    },
    get fault() {
      const leaks = isOn() ? (watch?.report().leaks ?? []) : [];
      const [first] = leaks;
      return first && section().mode === 'refuse' ? faultOf(first, leaks.length) : undefined;
    },
    document: () => leaksDocument(isOn(), section(), watch?.report(), addresses, clock.now()),
    families: () => (isOn() ? leakFamilies(watch?.report(), found) : []),
  };
}

function faultOf(leak: Leak, count: number): Fault {
  const more = count > 1 ? `, and ${count - 1} more` : '';
  return {
    code: 'LF_REGION_LEAK',
    operation: 'find',
    subject: 'what this host talks to',
    cause: `${describeLeak(leak)}${more}`,
    hint: 'See `landfall leaks`; end it, or excuse it with an entry of leaks.allow in plan.yaml.',
  };
}

/** One line for people. */
function describeLeak({ kind, region, service, process, pid, unit, uid, to, host }: Leak): string {
  const [first = ''] = to;
  if (kind === 'name') return `${host} leads to ${region} (${first})`;
  const nobody = uid === null ? 'something that has closed it' : `something of user ${uid}`;
  const who = process === null ? nobody : `${process}${pid === null ? '' : ` (${pid})`}`;
  return `${who}${unit === null ? '' : ` of ${unit}`} talks to ${service} in ${region} (${first})`;
}

/** `leaks` of the status; what is optional is left out while the watch is off. */
export interface LeaksDocument {
  readonly state: 'off' | 'starting' | 'watching' | 'blind';
  readonly mode: string;
  readonly blind?: string | null;
  readonly table?: Pick<AddressBookStatus, 'from' | 'createdAt' | 'age'> | null;
  readonly lookedAt?: string | null;
  readonly tookMs?: number | null;
  readonly sockets?: number | null;
  readonly isCut?: boolean;
  readonly inbound?: number | null;
  readonly names?: number | null;
  readonly namesLeft?: number;
  readonly excused?: number;
  readonly left?: number;
  readonly findings: readonly LeakDocument[];
}

interface LeakDocument extends Omit<Leak, 'since' | 'seenAt'> {
  readonly since: string;
  readonly seenAt: string;
  /** How long already, as a duration. */
  readonly for: string;
  /** One line for people. */
  readonly says: string;
}

function leaksDocument(
  isOn: boolean,
  { mode }: LeaksSection,
  report: LeakReport | undefined,
  addresses: Pick<AddressBook, 'status'>,
  now: number,
): LeaksDocument {
  if (!isOn) return { state: 'off', mode, findings: [] };
  const table = addresses.status();
  return {
    state: report?.lookedAt === undefined ? 'starting' : report.blind === undefined ? 'watching' : 'blind',
    mode,
    blind: report?.blind ?? null,
    table: table ? { from: table.from, createdAt: table.createdAt, age: table.age } : null,
    lookedAt: report?.lookedAt === undefined ? null : isoTime(report.lookedAt),
    tookMs: report?.tookMs === undefined ? null : Math.round(report.tookMs * 10) / 10,
    sockets: report?.sweep?.sockets ?? null,
    isCut: report?.sweep?.isCut ?? false,
    inbound: report?.sweep?.inbound ?? null,
    names: report?.names?.names ?? null,
    namesLeft: report?.names?.left ?? 0,
    excused: report?.excused ?? 0,
    left: report?.left ?? 0,
    findings: (report?.leaks ?? []).map((leak) => ({
      ...leak,
      since: isoTime(leak.since),
      seenAt: isoTime(leak.seenAt),
      for: formatDuration(Math.max(0, now - leak.since)),
      says: describeLeak(leak),
    })),
  };
}

/** Metric families of the watch, for `GET /metrics`. */
function leakFamilies(report: LeakReport | undefined, found: number): readonly Family[] {
  const regions = new Map<string, number>();
  for (const { region } of report?.leaks ?? []) regions.set(region, (regions.get(region) ?? 0) + 1);
  return [
    gaugesBy('region', 'landfall_leaks', 'What leads to another region from this host, by region.', regions),
    counter('landfall_leaks_found', 'Findings since the agent started.', found),
    gauge(
      'landfall_leaks_blind',
      '1 while sockets cannot be matched against address ranges.',
      report === undefined ? undefined : report.blind === undefined ? 0 : 1,
    ),
    gauge('landfall_leaks_sockets', 'Sockets that the last look saw.', report?.sweep?.sockets),
  ];
}
