import type { Facts, Landing } from '#config-service';
import { atMost } from '#kit/at-most.ts';
import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import type { Family } from '#kit/metric-family.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { createSerial } from '#kit/serial.ts';
import type { AwsCalls } from '../aws/aws-calls.ts';
import type { LogEntry } from '../plan/plan.ts';
import { writtenOf } from '../plan/plan-node.ts';
import { Checkpointer } from './base/checkpointer.ts';
import type { Checkpoints } from './base/checkpoints.ts';
import type { Destination } from './base/destination.ts';
import { EntryLedgers } from './entry-ledgers.ts';
import { fileGroup } from './file-group.ts';
import type { FileSourceParts } from './files/file-source.ts';
import { journalGroup } from './journal/journal-group.ts';
import { logFamilies } from './log-families.ts';
import { inheritedStream } from './names/inherited-stream.ts';
import { fillTemplate } from './names/name-template.ts';
import type { CommandOutput } from './output/command-output.ts';
import { emfGroup } from './output/emf-source.ts';
import { createOwnLog, type OwnLog } from './output/own-log.ts';
import { PatternCounts, patternFamilies, type OnSample } from './pattern-counts.ts';
import { RunningEntry } from './running-entry.ts';
import type { LogPlan } from './entry/log-plan.ts';
import { readLogPlan } from './settings/read-log-plan.ts';
import { logsDocument, type LogsDocument, type ShipperState, type WaitingEntry } from './shipper-status.ts';
import { compileEventFilter } from './event-filter.ts';
import { LogStreams } from './sink/log-streams.ts';
import { MemoryBudget } from './sink/memory-budget.ts';
import type { SourceGroup } from './entry/source-group.ts';
import type { PumpParts } from './source-pump.ts';
import { TimeTally } from './text/time-tally.ts';

export interface LogShipperParts {
  readonly aws: AwsCalls;
  readonly clock: Clock;
  readonly random: Random;
  /** Not one that is shipped itself: see `OwnLog.tee`. */
  readonly logger: Logger;
  readonly checkpoints: Checkpoints;
  /** What scripts and hooks print, from the first moment on. */
  readonly output: CommandOutput;
  /** What all files are read with. */
  readonly files: FileSourceParts;
  /** The executable; by default `journalctl` of the system. */
  readonly journalctl?: string;
  /** Told what patterns measure in lines. */
  readonly onSample?: OnSample;
  /** For events under way; 24 MiB when left out. */
  readonly memoryBytes?: number;
}

export interface LogShipper {
  readonly ownLog: OwnLog;
  /**
   * What is read from now on. Entries that stay what they are go on untouched; of those that change, offsets are kept. Fails with
   * `LF_PLAN_INVALID`, and then everything goes on as before. An entry whose name needs a tag that is not there waits.
   */
  reconfigure(entries: readonly LogEntry[], facts: Facts): Promise<Outcome<void>>;
  /** Reads and sends what there is, for so many milliseconds at most, and goes on. */
  flush(deadlineMs: number): Promise<void>;
  /** Reads and sends what there is, for so many milliseconds at most, and ends. What is not sent stays unacknowledged. */
  drain(deadlineMs: number): Promise<{ readonly unsettled: number }>;
  /** Entries whose names need a tag that the instance does not carry. */
  waiting(): readonly WaitingEntry[];
  /** What `landfall logs status` shows; no text of any log. */
  status(): LogsDocument;
  /** For `GET /metrics`; counters only grow, whatever the plan does. */
  families(): readonly Family[];
}

const MEMORY_BYTES = 24 * 1024 * 1024;

export function createLogShipper(parts: LogShipperParts): LogShipper {
  const { clock, random, logger, output, journalctl = 'journalctl' } = parts;
  const { landing } = parts.files;
  const cut = new AbortController();
  const { signal } = cut;
  const memory = new MemoryBudget(parts.memoryBytes ?? MEMORY_BYTES);
  const book = new Checkpointer(parts.checkpoints, clock, logger, signal);
  const keep = async (): Promise<void> => void (await Promise.all([book.keep(), output.keep()]));
  const streams = new LogStreams({ aws: parts.aws, clock, random, logger, signal, keep });
  const ownLog = createOwnLog(clock);
  const pumpParts: PumpParts = { streams, memory, clock, random, logger, signal };
  /** By name; `form` tells whether anything has changed. */
  const running = new Map<string, { readonly entry: RunningEntry; readonly form: string }>();
  const runningEntries = (): readonly RunningEntry[] => [...running.values()].map(({ entry }) => entry);
  const ledgers = new EntryLedgers();
  /** By entry, also of those the plan has no more: counters only grow. */
  const patterns = new Map<string, PatternCounts>();
  const patternsOf = async ({ name, patterns: rules }: LogPlan): Promise<PatternCounts> => {
    const counts = patterns.get(name) ?? (await PatternCounts.open(name, book, parts.onSample ?? (() => {})));
    patterns.set(name, counts);
    await counts.follow(rules);
    return counts;
  };
  let waiting: readonly WaitingEntry[] = [];
  const serial = createSerial();
  let draining = false;

  const groupOf = (plan: LogPlan, destination: Destination, times: TimeTally): SourceGroup => {
    const { name, source } = plan;
    switch (source.kind) {
      case 'files':
        return fileGroup({
          name,
          settings: source,
          destination,
          book,
          files: parts.files,
          times,
          clock,
          logger,
        });
      case 'journal':
        return journalGroup({
          name,
          settings: source,
          destination,
          landing,
          book,
          clock,
          random,
          logger,
          journalctl,
          times,
        });
      case 'output':
        return output.group(name, destination, source.format);
      case 'emf':
        return emfGroup(name, source.address, destination, clock);
      case 'agent':
        return ownLog.group(name, destination);
      default:
        return source satisfies never;
    }
  };

  const end = async (name: string): Promise<void> => {
    const entry = running.get(name)?.entry;
    running.delete(name);
    await entry?.close();
  };

  /** What changes goes on from where it is; what cannot is closed before it is opened again. */
  const begin = async (plan: LogPlan, destination: Destination, form: string): Promise<void> => {
    const newFilter = await compileEventFilter(plan.filter, clock);
    const counts = await patternsOf(plan);
    const known = running.get(plan.name)?.entry;
    if (known?.reconfigure(plan, destination, newFilter)) {
      running.set(plan.name, { entry: known, form });
      return;
    }
    await end(plan.name);
    const times = new TimeTally(() =>
      logger.warn('no event of an entry of logs bears a time that its timestamp format reads', {
        entry: plan.name,
      }),
    );
    const group = groupOf(plan, destination, times);
    const entry = new RunningEntry(pumpParts, plan, group, newFilter, ledgers.of(plan.name), times, counts);
    running.set(plan.name, { entry, form });
  };

  const apply = async (entries: readonly LogEntry[], facts: Facts): Promise<Outcome<void>> => {
    const read = await readLogPlan(entries);
    if (read.kind !== 'ok') return read;
    if (draining) return ok(undefined);
    const asked = new Map(entries.map(({ name, settings }) => [name, writtenOf(settings)]));
    const places = read.value.map((plan) => placeOf(plan, facts, landing));
    waiting = places.flatMap((place) => (place.kind === 'waiting' ? [place] : []));
    const wanted = new Map(
      places.flatMap((place) => (place.kind === 'filled' ? [[place.plan.name, place]] : [])),
    );
    const gone = [...running].filter(([name]) => !wanted.has(name));
    await Promise.all(gone.map(([name]) => end(name)));
    for (const [name, { plan, destination }] of wanted) {
      const form = JSON.stringify([asked.get(name), destination]);
      if (running.get(name)?.form !== form) await begin(plan, destination, form);
    }
    if (!read.value.some(({ source }) => source.kind === 'output')) await output.discard();
    return ok(undefined);
  };

  const catchUp = async (): Promise<void> => {
    await serial.idle();
    await Promise.all(runningEntries().map((entry) => entry.caughtUp()));
  };

  const state = (): ShipperState => ({
    now: clock.now(),
    entries: runningEntries(),
    ledgers: ledgers.all,
    waiting,
    streams: streams.states,
    misfits: streams.misfits,
    heldBytes: memory.heldBytes,
    checkpointsFailing: book.failing,
  });

  const finish = async (): Promise<void> => {
    await serial.idle();
    await Promise.all(runningEntries().map((entry) => entry.drain()));
    await streams.idle();
  };

  return {
    ownLog,
    reconfigure: (entries, facts) => serial.run(() => apply(entries, facts)),
    flush: (deadlineMs) => (draining ? Promise.resolve() : atMost(clock, deadlineMs, catchUp())),
    drain: async (deadlineMs) => {
      draining = true;
      streams.hurry();
      await atMost(clock, deadlineMs, finish());
      const unsettled = runningEntries()
        .flatMap(({ pumps }) => pumps)
        .reduce((sum, pump) => sum + pump.unsettled, 0);
      cut.abort(new Error('the agent ends'));
      await Promise.all(runningEntries().map((entry) => entry.close()));
      await output.save();
      await book.flush();
      return { unsettled };
    },
    waiting: () => waiting,
    status: () => logsDocument(state()),
    families: () => [...logFamilies(state()), ...patternFamilies(patterns.values())],
  };
}

type Place =
  | { readonly kind: 'filled'; readonly plan: LogPlan; readonly destination: Destination }
  | ({ readonly kind: 'waiting' } & WaitingEntry);

function placeOf(plan: LogPlan, facts: Facts, landing: Landing | undefined): Place {
  const group = fillTemplate(plan.group, facts);
  const stream = fillTemplate(plan.stream, facts);
  if (group.kind === 'waiting') return { ...group, name: plan.name };
  if (stream.kind === 'waiting') return { ...stream, name: plan.name };
  const former = shipsInherited(plan) && landing && inheritedStream(plan.stream, facts, stream.name, landing);
  const destination = {
    group: group.name,
    stream: stream.name,
    ...(former && { inheritedStream: former }),
  };
  return { kind: 'filled', plan, destination };
}

function shipsInherited({ source }: LogPlan): boolean {
  if (source.kind === 'files') return source.rules.inherited === 'ship';
  return source.kind === 'journal' && source.inherited === 'ship';
}
