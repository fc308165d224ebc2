import { isRecord } from '#kit/is-record.ts';

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** Indexes as PutLogEvents reports them: the ends are exclusive, the start inclusive. */
export interface RejectedLogEvents {
  readonly tooOldLogEventEndIndex?: number;
  readonly tooNewLogEventStartIndex?: number;
  readonly expiredLogEventEndIndex?: number;
}

export type BatchVerdict =
  | {
      readonly kind: 'accepted';
      readonly events: readonly LogEvent[];
      readonly rejected: RejectedLogEvents | undefined;
    }
  | { readonly kind: 'refused'; readonly problem: string };

const DAY_MS = 86_400_000;
const OLDEST_MS = 14 * DAY_MS;
const NEWEST_MS = 2 * 3_600_000;
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
/** What each event costs beside its bytes. */
const OVERHEAD = 26;

/** The limits of PutLogEvents: those that fail the whole call, and those that only reject single events. */
export function judgeBatch(raw: unknown, now: number, retentionDays: number | undefined): BatchVerdict {
  const events = readEvents(raw);
  if (!events)
    return refused(
      'logEvents must be a list of events with a timestamp and a message of at least 1 character',
    );
  if (events.length === 0 || events.length > MOST_EVENTS)
    return refused(`logEvents must have 1 to ${MOST_EVENTS} events`);
  const bytes = events.reduce((sum, event) => sum + Buffer.byteLength(event.message) + OVERHEAD, 0);
  if (bytes > MOST_BYTES) return refused(`Upload too large: ${bytes} bytes exceeds limit of ${MOST_BYTES}`);
  const inOrder = events.every(
    (event, at) => event.timestamp >= (events[at - 1]?.timestamp ?? event.timestamp),
  );
  if (!inOrder) return refused('Log events in a single PutLogEvents request must be in chronological order.');

  const retainedFrom = retentionDays === undefined ? Number.NEGATIVE_INFINITY : now - retentionDays * DAY_MS;
  const tooOld = countBefore(events, now - OLDEST_MS);
  const expired = countBefore(events, retainedFrom);
  const firstTooNew = countBefore(events, now + NEWEST_MS + 1);
  const valid = events.slice(Math.max(tooOld, expired), firstTooNew);
  // Only events that would be accepted count towards the span.
  if ((valid.at(-1)?.timestamp ?? 0) - (valid[0]?.timestamp ?? 0) > DAY_MS) {
    return refused(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  }
  const rejected: RejectedLogEvents = {
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(firstTooNew < events.length ? { tooNewLogEventStartIndex: firstTooNew } : {}),
    ...(expired > tooOld ? { expiredLogEventEndIndex: expired } : {}),
  };
  return {
    kind: 'accepted',
    events: valid,
    rejected: Object.keys(rejected).length > 0 ? rejected : undefined,
  };
}

function readEvents(raw: unknown): readonly LogEvent[] | undefined {
  if (!Array.isArray(raw)) return undefined;
  const events: LogEvent[] = [];
  for (const event of raw as readonly unknown[]) {
    const { timestamp, message } = isRecord(event) ? event : {};
    if (typeof timestamp !== 'number' || !Number.isSafeInteger(timestamp) || timestamp < 0) return undefined;
    if (typeof message !== 'string' || message === '') return undefined;
    events.push({ timestamp, message });
  }
  return events;
}

function countBefore(events: readonly LogEvent[], time: number): number {
  const first = events.findIndex((event) => event.timestamp >= time);
  return first === -1 ? events.length : first;
}

function refused(problem: string): BatchVerdict {
  return { kind: 'refused', problem };
}
