import { gauge, type Family, type Sample } from '#kit/metric-family.ts';
import type { Amount, Ledger, LedgerDocument } from './base/ledger.ts';
import type { RunningEntry } from './running-entry.ts';
import type { ShipperState } from './shipper-status.ts';

/** What `GET /metrics` tells of the logs: how far behind each entry is, and where everything that was read has gone. */
export function logFamilies({ now, entries, ledgers, waiting, streams }: ShipperState): readonly Family[] {
  // Of a plan that never had logs nothing is told, rather than noughts.
  if (ledgers.size === 0 && waiting.length === 0) return [];
  return [
    byEntry(
      'landfall_log_lag_seconds',
      'Age of the oldest event that was read and is not settled; 0 when all are.',
      entries,
      (entry) => ageAt(now, entry.oldestUnsettledAt) ?? 0,
    ),
    byEntry(
      'landfall_log_last_event_age_seconds',
      'Age of the newest event that is settled.',
      entries,
      (entry) => ageAt(now, entry.newestSettledAt),
    ),
    byEntry(
      'landfall_log_behind_bytes',
      'Bytes that are there and not settled; of a journal those that were read.',
      entries,
      ({ behindBytes }) => behindBytes,
    ),
    byEntry(
      'landfall_log_troubles',
      'Paths that cannot be read or match nothing, and the like: `landfall logs status` names them.',
      entries,
      ({ troubles }) => troubles.length,
    ),
    gauge(
      'landfall_log_failing_streams',
      'Streams whose last call failed.',
      streams.filter(({ trouble }) => trouble).length,
    ),
    gauge('landfall_log_waiting_entries', 'Entries that wait for a tag of this instance.', waiting.length),
    ...ledgerFamilies(ledgers),
  ];
}

function byEntry(
  name: string,
  help: string,
  entries: readonly RunningEntry[],
  valueOf: (entry: RunningEntry) => number | undefined,
): Family {
  const samples = entries.flatMap((entry) => {
    const value = valueOf(entry);
    return value === undefined ? [] : { labels: { entry: entry.plan.name }, value };
  });
  return { name, type: 'gauge', help, samples };
}

function ageAt(now: number, at: number | undefined): number | undefined {
  return at === undefined ? undefined : Math.max(0, now - at) / 1000;
}

/** Amounts by cause; those without causes have one that is empty. */
type Share = (ledger: LedgerDocument) => Readonly<Record<string, Amount>>;

/** The name in the family, what it says, and the amounts in the ledger. */
const SHARES: readonly (readonly [name: string, help: string, of: Share])[] = [
  ['read', 'read, or lost before they could be', ({ read }) => ({ '': read })],
  ['acknowledged', 'that CloudWatch Logs took', ({ acknowledged }) => ({ '': acknowledged })],
  ['filtered', 'that filters left out', ({ filtered }) => ({ '': filtered })],
  ['rejected', 'that CloudWatch Logs rejected for their time, by cause', ({ rejected }) => rejected],
  ['quarantined', 'that CloudWatch Logs refused, alone', ({ quarantined }) => ({ '': quarantined })],
  ['lost', 'that were lost, by cause', ({ lost }) => lost],
];

function ledgerFamilies(ledgers: ReadonlyMap<string, Ledger>): readonly Family[] {
  const documents = [...ledgers].map(([entry, ledger]) => [entry, ledger.document()] as const);
  return SHARES.flatMap(([name, help, share]) =>
    (['events', 'bytes'] as const).map((unit): Family => {
      const samples = documents.flatMap(([entry, document]) =>
        Object.entries(share(document)).map(([cause, amount]): Sample => {
          return { labels: cause === '' ? { entry } : { entry, cause }, value: amount[unit] };
        }),
      );
      const what = unit === 'events' ? 'Events' : 'Bytes of events';
      return { name: `landfall_log_${name}_${unit}`, type: 'counter', help: `${what} ${help}.`, samples };
    }),
  );
}
