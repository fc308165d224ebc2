import type { GuardFinding, Sighted } from '#config-service';
import { gauge, gaugesBy, type Family } from '#kit/metric-family.ts';
import type { Logger } from '#kit/logger.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AddressBookStatus } from './address-book.ts';

/** What the guard let pass: values and rendered lines, by what they are. */
export interface GuardTally {
  /** Names another region; none unless the guard only warns. */
  readonly foreign: Tally;
  /** Bound to a region that nothing names. */
  readonly unknown: Tally;
  /** Carries another region's name. */
  readonly hints: Tally;
}

export interface Tally {
  readonly count: number;
  readonly kinds: ReadonlyMap<string, number>;
  /** The first of them. No text: it may be a part of a value. */
  readonly places: readonly Place[];
}

interface Place extends Pick<GuardFinding, 'key' | 'region' | 'kind'> {
  readonly file: string | null;
  readonly line: number | null;
}

/** As many as a status shows, and as this keeps in memory. */
const MOST_PLACES = 100;

const EMPTY: Tally = { count: 0, kinds: new Map(), places: [] };
export const NOTHING_SIGHTED: GuardTally = { foreign: EMPTY, unknown: EMPTY, hints: EMPTY };

export function tallyOf(sighted: readonly Sighted[]): GuardTally {
  const all = sighted.flatMap(({ findings, shown }) => [...findings, ...shown]);
  return {
    foreign: tally(all.filter(({ severity }) => severity === 'error' || severity === 'warning')),
    unknown: tally(all.filter(({ severity }) => severity === 'unknown')),
    hints: tally(all.filter(({ severity }) => severity === 'info')),
  };
}

function tally(findings: readonly GuardFinding[]): Tally {
  const kinds = new Map<string, number>();
  for (const { kind } of findings) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const places = findings.slice(0, MOST_PLACES).map(({ key, region, kind, file, line }) => {
    return { key, region, kind, file: file ?? null, line: line ?? null };
  });
  return { count: findings.length, kinds, places };
}

/** `guard` of the status. */
export type GuardDocument = ReturnType<typeof guardDocument>;

export function guardDocument(
  { guard, strictness }: Pick<Settings, 'guard' | 'strictness'>,
  { foreign, unknown, hints }: GuardTally,
  ipRanges: AddressBookStatus | undefined,
) {
  return {
    mode: guard,
    findings: foreign.count,
    foreign: foreign.places,
    unknown: { setting: strictness.unknown, count: unknown.count, places: unknown.places },
    hints: { setting: strictness.hints, count: hints.count, places: hints.places },
    ipRanges: ipRanges ?? null,
  };
}

/** Metric families of the guard, for `GET /metrics`. */
export function guardFamilies(input: {
  readonly guardMode: Settings['guard'];
  readonly sighted: GuardTally;
  readonly addresses: AddressBookStatus | undefined;
}): readonly Family[] {
  const { unknown, hints } = input.sighted;
  return [
    gaugesBy('mode', 'landfall_guard_mode', 'Always 1: the mode of the guard.', [[input.guardMode, 1]]),
    gaugesBy(
      'kind',
      'landfall_guard_unknown',
      'Values and rendered lines of the active generation that lead to a region nothing names, by kind.',
      unknown.kinds,
    ),
    gaugesBy(
      'kind',
      'landfall_guard_hints',
      "Values and rendered lines of the active generation that carry another region's name, by kind.",
      hints.kinds,
    ),
    gauge(
      'landfall_ip_ranges_age_seconds',
      'Time since AWS dated the table of address ranges in use.',
      input.addresses?.ageSeconds ?? undefined,
    ),
  ];
}

/** Hints are not logged: they stand in the status, and most are somebody's habit. */
export function logSighted({ findings, shown }: Sighted, logger: Logger): void {
  for (const { key, region, kind, severity } of [...findings, ...shown]) {
    if (severity === 'unknown') logger.warn('nothing says to which region a value leads', { key, kind });
    else if (severity !== 'info') logger.warn('a value names another region', { key, region });
  }
}
