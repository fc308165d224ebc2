import { isoTime } from '#kit/iso-time.ts';
import type { Ledger } from './base/ledger.ts';
import type { LogPlan } from './entry/log-plan.ts';
import type { RunningEntry } from './running-entry.ts';
import type { Drift } from './sink/group-form.ts';
import type { LaneState } from './sink/stream-queue.ts';
import type { SourcePump } from './source-pump.ts';

/** An entry whose names need a tag that the instance does not carry. */
export interface WaitingEntry {
  readonly name: string;
  readonly placeholder: string;
}

export interface ShipperState {
  readonly now: number;
  readonly entries: readonly RunningEntry[];
  /** By entry, also of those that run no more. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly waiting: readonly WaitingEntry[];
  readonly streams: readonly LaneState[];
  readonly misfits: readonly Drift[];
  readonly heldBytes: number;
  readonly checkpointsFailing: boolean;
}

/** More sources than this are shown as their sum. */
const MOST_SOURCES = 200;

/** `pipelines.logs` of the status; names, counts and codes, never a text. */
export type LogsDocument = ReturnType<typeof logsDocument>;

export function logsDocument(state: ShipperState) {
  const { now, entries, waiting, streams } = state;
  return {
    heldBytes: state.heldBytes,
    checkpoints: state.checkpointsFailing ? ('failing' as const) : ('ok' as const),
    entries: entries.map((entry) => entryDocument(entry, now)),
    waiting: waiting.map(({ name, placeholder }) => ({ entry: name, needs: placeholder })),
    streams: streams.map(({ group, stream, calls, retries, gathered, batches, trouble }) => {
      return {
        group,
        stream,
        calls,
        retries,
        gathered,
        batches,
        trouble: trouble ? { ...trouble, since: isoTime(trouble.since) } : null,
      };
    }),
    groups: state.misfits.map(misfitDocument),
  };
}

/** What of a group is not as the plan has it. */
function misfitDocument({ group, setting, trouble, action, code, expected, found }: Drift) {
  return {
    group,
    setting,
    trouble,
    action: action ?? null,
    code: code ?? null,
    expected: expected ?? null,
    found: found ?? null,
  };
}

function entryDocument({ plan, pumps, ledger, times, groupStatus, troubles }: RunningEntry, now: number) {
  return {
    entry: plan.name,
    kind: plan.source.kind,
    ledger: ledger.document(),
    sources: pumps.slice(0, MOST_SOURCES).map((pump) => sourceDocument(pump, now)),
    ...groupStatus,
    troubles,
    ...(readsTimes(plan.source) ? { timestamps: times.counts } : {}),
    sourcesNotShown: Math.max(0, pumps.length - MOST_SOURCES),
  };
}

function sourceDocument({ source, ledger, last }: SourcePump, now: number) {
  const { readAt, eventAt } = last;
  return {
    source: source.name,
    ...source.destination,
    lastReadAt: readAt === undefined ? null : isoTime(readAt),
    /** How old the last event was when it was read, in milliseconds; a backlog shows here. */
    lagMs: readAt === undefined || eventAt === undefined ? null : Math.max(0, readAt - eventAt),
    idleMs: readAt === undefined ? null : Math.max(0, now - readAt),
    ledger: ledger.document(),
  };
}

function readsTimes(source: LogPlan['source']): boolean {
  if (source.kind === 'files') return source.rules.text.time !== undefined;
  return source.kind === 'journal' && source.time !== undefined;
}
