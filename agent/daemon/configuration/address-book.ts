import { isoTime } from '#kit/iso-time.ts';
import { UNKNOWN_ADDRESS, type IpRanges, type RegionOfAddress, type Sighted } from '#config-service';
import type { Clock, Random } from '#kit/clock.ts';
import { faultOf, type Fault } from '#kit/errors.ts';
import { formatDuration } from '#kit/duration.ts';
import type { Logger } from '#kit/logger.ts';
import { fail, type Outcome } from '#kit/outcome.ts';

/** What one look for the table brought. */
export type AddressTable =
  | { readonly kind: 'found'; readonly from: string; readonly version: string; readonly ranges: IpRanges }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'absent' };

/** @param known the version that is in use. */
export type FetchTable = (known: string | undefined, signal: AbortSignal) => Promise<Outcome<AddressTable>>;

export interface AddressBookParts {
  readonly fetch: FetchTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Told when a table came or went on, so that what is in effect is judged by it. */
  readonly onChange: () => void;
}

/** `guard.ipRanges` of the status. */
export interface AddressBookStatus {
  /** Null while there is no table. */
  readonly from: string | null;
  /** When AWS dated it, ISO 8601. */
  readonly createdAt: string | null;
  readonly age: string | null;
  readonly ageSeconds: number | null;
  readonly prefixes: number | null;
  readonly checkedAt: string | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/**
 * Whose regions public addresses are. The table is fetched when a value first holds an address that EC2 may own, or
 * leaks are watched, once more an hour from then on, and never by a tick: a fleet that needs none asks for none. The last good
 * table stays.
 */
export interface AddressBook {
  /** Undefined while there is no table. */
  regionOf(): RegionOfAddress | undefined;
  ranges(): IpRanges | undefined;
  /** Whoever asks needs a table whatever the values hold: the next tick looks for one. */
  want(): void;
  /** Looks for addresses of unknown region in what was judged, and gives it back. */
  note<T extends Sighted>(sighted: T): T;
  /** Judges; once more when an address was noted and a table came. @throws the signal's reason when it aborts. */
  settle<T>(judge: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Called with every tick: looks again when it is time, beside it. */
  recheck(signal: AbortSignal): void;
  /** Undefined while nobody asked for a table. */
  status(): AddressBookStatus | undefined;
}

/** Milliseconds. AWS changes the file several times a week; a failure is passing more often than not. */
const RECHECK_MS = 3_600_000;
const RETRY_MS = 300_000;

export function createAddressBook({ fetch, clock, random, logger, onChange }: AddressBookParts): AddressBook {
  let table: Extract<AddressTable, { kind: 'found' }> | undefined;
  let checkedAt: number | undefined;
  let failure: Fault | undefined;
  let isWanted = false;
  /** Monotonic; undefined: nobody looked yet. */
  let dueAt: number | undefined;
  let looking: Promise<boolean> | undefined;

  const look = async (signal: AbortSignal): Promise<boolean> => {
    const outcome = await fetch(table?.version, signal).catch((error: unknown): Outcome<AddressTable> => {
      if (signal.aborted) throw error;
      // A defect of ours costs the table, and not the configuration.
      return fail(faultOf(error, 'read', 'the table of address ranges'));
    });
    // A fleet that came up together must not ask together for ever.
    const wait = (ms: number): number => clock.monotonic() + ms * (0.75 + random() / 2);
    if (outcome.kind !== 'ok') {
      dueAt = wait(RETRY_MS);
      if (failure?.cause !== outcome.fault.cause) {
        const { code, subject, cause } = outcome.fault;
        logger.warn('the table of address ranges cannot be read', { code, subject, cause });
      }
      failure = outcome.fault;
      return false;
    }
    dueAt = wait(RECHECK_MS);
    checkedAt = clock.now();
    failure = undefined;
    if (outcome.value.kind !== 'found') return false;
    table = outcome.value;
    const { from, ranges } = table;
    logger.info('the table of address ranges is in use', { from, prefixes: ranges.prefixes });
    return true;
  };
  /** One at a time; whoever comes meanwhile waits for it. */
  const lookOnce = (signal: AbortSignal): Promise<boolean> =>
    (looking ??= look(signal).finally(() => (looking = undefined)));

  return {
    regionOf: () => table?.ranges.regionOf,
    ranges: () => table?.ranges,
    want() {
      isWanted = true;
      dueAt ??= clock.monotonic();
    },

    note(sighted) {
      isWanted ||= [...sighted.findings, ...sighted.shown].some(({ kind }) => kind === UNKNOWN_ADDRESS);
      return sighted;
    },

    async settle(judge, signal) {
      const first = await judge();
      const isNew = isWanted && (looking !== undefined || dueAt === undefined) && (await lookOnce(signal));
      return isNew ? judge() : first;
    },

    recheck(signal) {
      if (dueAt === undefined || looking || clock.monotonic() < dueAt) return;
      lookOnce(signal).then(
        (isNew) => isNew && onChange(),
        (error: unknown) => {
          if (!signal.aborted) logger.error('the table of address ranges', { error: String(error) });
        },
      );
    },

    status() {
      if (!isWanted) return undefined;
      const ageMs = table && Math.max(0, clock.now() - Date.parse(table.ranges.createdAt));
      return {
        from: table?.from ?? null,
        createdAt: table?.ranges.createdAt ?? null,
        age: ageMs === undefined ? null : formatDuration(ageMs),
        ageSeconds: ageMs === undefined ? null : Math.round(ageMs / 1000),
        prefixes: table?.ranges.prefixes ?? null,
        checkedAt: checkedAt === undefined ? null : isoTime(checkedAt),
        failure: failure ? { code: failure.code, message: `${failure.subject}: ${failure.cause}` } : null,
      };
    },
  };
}
