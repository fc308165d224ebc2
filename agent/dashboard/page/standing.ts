import type { Sight } from './sight.ts';
import type { Failure, GenerationSummary, Status } from './documents.ts';

export type StandingKind = 'unknown' | 'lost' | 'starting' | 'failing' | 'refused' | 'stale' | 'ready';

/** How the instance stands, in two words and the reasons. */
export interface Standing {
  readonly kind: StandingKind;
  readonly title: string;
  /** One line for people each. */
  readonly reasons: readonly string[];
  /** ISO time since when it stands so; undefined: nobody knows. */
  readonly since: string | undefined;
  readonly failure: Failure | undefined;
}

export function standingOf({ status, readiness, lostAt, generations, events }: Sight): Standing {
  if (lostAt !== undefined) {
    const since = new Date(lostAt).toISOString();
    const reasons = ['Nothing answers here. What you see is what was known before.'];
    return { kind: 'lost', title: 'No connection', reasons, since, failure: undefined };
  }
  if (status === undefined)
    return { kind: 'unknown', title: 'Looking', reasons: [], since: undefined, failure: undefined };
  const failure = status.source.failure ?? undefined;
  if (!status.ready) {
    // What a failure and the steps under way say is shown as theirs.
    const told = new Set([failure?.code, ...(status.activity.length > 0 ? ['LF_NOT_READY'] : [])]);
    const others = (readiness?.reasons ?? []).filter(({ code }) => !told.has(code));
    const reasons = [...(failure ? [failure.message] : []), ...others.map(({ message }) => message)];
    const kind = failure === undefined && status.generation === null ? 'starting' : 'failing';
    const title = kind === 'starting' ? 'Not ready yet' : 'Not ready';
    return { kind, title, reasons, since: status.startedAt, failure };
  }
  if (status.source.stale) {
    // What was refused last is what the source still has: it answers, and that is not acceptable.
    const last = generations
      .filter(({ state }) => state === 'refused')
      .reduce<GenerationSummary | undefined>(
        (newest, one) => (newest && newest.generation > one.generation ? newest : one),
        undefined,
      );
    const isRefused = last !== undefined && last.refusal?.code === failure?.code;
    const fault = failure === undefined ? [] : [failure.message];
    return {
      kind: isRefused ? 'refused' : 'stale',
      title: isRefused ? 'Ready, and refuses what is new' : 'Ready, on the last good',
      reasons: fault,
      since: staleSince(events) ?? status.source.checkedAt ?? undefined,
      failure,
    };
  }
  const since = readySince(status);
  return { kind: 'ready', title: 'Ready', reasons: [], since, failure: undefined };
}

/** By how long the boot took; of one that says nothing of it, since what it serves is active. */
function readySince({ startedAt, boot: { readyMs }, generation }: Status): string | undefined {
  if (readyMs === null) return generation?.activatedAt;
  return new Date(Date.parse(startedAt) + readyMs).toISOString();
}

/** @param events newest first */
function staleSince(events: Sight['events']): string | undefined {
  return events.find(
    ({ kind, data }) => (kind === 'source' && data['state'] === 'stale') || kind === 'refused',
  )?.data.at;
}
