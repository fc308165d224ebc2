import type { Landing } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Checkpoint } from '../base/checkpoints.ts';
import type { Destination } from '../base/destination.ts';
import { inheritedMarker } from '../base/inherited-marker.ts';
import { carriesFile } from '../names/name-template.ts';
import type { LogEvent } from '../base/log-event.ts';
import type { LogSource } from '../base/log-source.ts';
import type { WrittenTimes } from '../text/event-time.ts';
import type { DescriptorPool } from './descriptor-pool.ts';
import { checkpointOf, readCheckpoint } from './file-checkpoint.ts';
import { FileReader } from './file-reader.ts';
import type { FileRules } from './file-rules.ts';
import { fileSourceStatus, type FileSourceStatus } from './file-status.ts';
import type { FileSystem } from './file-system.ts';
import { troublesOf, type FileTroubles } from './file-troubles.ts';
import { FolderHints } from './folder-hints.ts';
import { countInherited } from './inheritance.ts';
import type { CountLoss, LossCause } from './losses.ts';
import { Strands } from './strands.ts';
import { TailSet } from './tail-set.ts';
import type { TailedFile } from './tailed-file.ts';
import type { WindowPool } from './window-pool.ts';

/** One per process: what all sources share. */
export interface FileSourceParts {
  readonly system: FileSystem;
  readonly clock: Clock;
  readonly descriptors: DescriptorPool;
  readonly windows: WindowPool;
  /** How the disk came to this instance; undefined when it was always its own. */
  readonly landing?: Landing | undefined;
}

export interface FileSourceOptions {
  readonly name: string;
  readonly destination: Destination;
  readonly rules: FileRules;
  /** Checkpoint that an earlier run left; undefined for a new entry. */
  readonly checkpoint?: Checkpoint;
  /** Called for bytes that will be in no event. */
  readonly lost?: CountLoss;
  /** Told of the time that each event bears, where the rules have it read. */
  readonly times?: WrittenTimes;
}

/** All files of one entry of the plan as one stream of events: of each file in order, between files taking turns. */
export interface FileSource extends LogSource {
  /** How far each file was acknowledged. Cheap and synchronous; save it whenever it suits. */
  checkpoint(): Checkpoint;
  status(): FileSourceStatus;
  /** What is not read, and why, by the last look at the disk. */
  troubles(): FileTroubles;
  /** Grows with each file that is met for the first time; its checkpoint should then be on the disk soon. */
  readonly sightings: number;
  /** From the next read on. Offsets, open files and what is under way are kept. */
  reconfigure(rules: FileRules, destination: Destination): void;
}

export function createFileSource(options: FileSourceOptions, parts: FileSourceParts): FileSource {
  return new TailingSource(options, parts);
}

/** Polls take at most this part of the time, however many files there are. */
const POLL_SHARE = 20;
/** Of a read that finds bytes and no events: the next look at the disk must not wait for the end of a hole of gigabytes. */
const MOST_PASSES = 64;

class TailingSource implements FileSource {
  readonly name: string;
  destination: Destination;
  readonly #parts: FileSourceParts;
  readonly #times: WrittenTimes | undefined;
  readonly #tails: TailSet;
  readonly #hints: FolderHints;
  readonly #strands: Strands;
  readonly #lost = new Map<LossCause, number>();
  readonly #countLoss: CountLoss;
  #nulls = 0;
  #inheritedBytes = 0;
  #rules: FileRules;
  #reader: FileReader;
  #pollAt = -Infinity;
  /** A file that is written to all the time hints all the time. */
  #hintedPollAt = -Infinity;
  /** Where turns go on. */
  #turn = 0;
  #isClosed = false;

  constructor(
    { name, destination, rules, checkpoint, lost, times }: FileSourceOptions,
    parts: FileSourceParts,
  ) {
    this.name = name;
    this.destination = destination;
    this.#strands = new Strands(carriesFile(destination.stream));
    this.#rules = rules;
    this.#parts = parts;
    this.#times = times;
    this.#reader = new FileReader(rules, parts.windows, parts.clock, times);
    this.#hints = new FolderHints(parts.system);
    this.#countLoss = (cause, bytes, path) => {
      this.#lost.set(cause, (this.#lost.get(cause) ?? 0) + bytes);
      lost?.(cause, bytes, path);
    };
    const leftOut = (bytes: number): void => {
      this.#inheritedBytes += bytes;
    };
    const toResume = checkpoint && readCheckpoint(checkpoint);
    this.#tails = new TailSet(rules, { ...parts, lost: this.#countLoss, leftOut }, toResume);
  }

  async read(maxBytes: number, isHeld?: (strand: object) => boolean): Promise<readonly LogEvent[]> {
    await this.#pollWhenDue();
    const batches: (readonly LogEvent[])[] = [];
    let left = maxBytes;
    // Bytes may hold no event, and a file that was truncated begins anew at once.
    for (let pass = 0; pass < MOST_PASSES && batches.length === 0 && left > 0; pass += 1) {
      const files = this.#readyFiles(isHeld);
      if (files.length === 0) break;
      for (let turn = 0; turn < files.length && left > 0; turn += 1) {
        const file = files[this.#turn % files.length];
        this.#turn += 1;
        if (!file || this.#isClosed) continue;
        const before = this.#strands.position(file);
        const events = await this.#readFrom(file, left);
        if (events.length === 0) continue;
        left -= this.#strands.position(file) - before;
        batches.push(events);
      }
    }
    return batches.length === 1 ? (batches[0] ?? []) : batches.flat();
  }

  acknowledge(end: number, strand?: object): void {
    this.#strands.acknowledge(end, strand);
  }

  troubles(): FileTroubles {
    const { expansion, files } = this.#tails;
    return expansion ? troublesOf(expansion, files) : { unreadable: [], unmatched: [] };
  }

  get sightings(): number {
    return this.#tails.sightings;
  }

  checkpoint(): Checkpoint {
    const files = new Set([...this.#strands.files, ...this.#tails.files]);
    return checkpointOf([...files], this.#tails.pending, this.#tails.finished);
  }

  status(): FileSourceStatus {
    return fileSourceStatus(this.#tails, this.#lost, this.#nulls, this.#inheritedBytes);
  }

  reconfigure(rules: FileRules, destination: Destination): void {
    this.#rules = rules;
    this.destination = destination;
    this.#reader = new FileReader(rules, this.#parts.windows, this.#parts.clock, this.#times);
    this.#tails.reconfigure(rules);
    this.#pollAt = -Infinity;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#hints.close();
    await this.#tails.close();
  }

  async #pollWhenDue(): Promise<void> {
    const started = this.#parts.clock.monotonic();
    const isDue = started >= this.#pollAt || (started >= this.#hintedPollAt && this.#hints.taken());
    if (this.#isClosed || !isDue) return;
    await this.#tails.poll();
    const ended = this.#parts.clock.monotonic();
    const rest = (ended - started) * POLL_SHARE;
    this.#pollAt = ended + Math.max(this.#rules.pollMs, rest);
    this.#hintedPollAt = ended + Math.max(this.#rules.pollMs / 10, rest);
    this.#hints.watch(this.#tails.expansion?.folders ?? new Set());
  }

  #readyFiles(isHeld: (strand: object) => boolean = () => false): readonly TailedFile[] {
    const now = this.#parts.clock.monotonic();
    return this.#tails.files.filter((file) => {
      // One that cannot be read now must not hold up those behind it.
      if (file.after && (file.after.read.hasReachedEnd || file.after.problem !== undefined))
        file.after = undefined;
      if (file.after || (this.#strands.strandOf(file) && isHeld(file))) return false;
      const flushAt = this.#reader.flushAt(file);
      return file.isDirty || (flushAt !== undefined && now >= flushAt);
    });
  }

  async #readFrom(file: TailedFile, maxBytes: number): Promise<readonly LogEvent[]> {
    const position = this.#strands.position(file);
    const { offset, tail } = file.read;
    const read = await this.#tails.withOpen(file, (open) =>
      this.#reader.read(file, open, maxBytes, position - offset),
    );
    if (read?.kind === 'replaced') await this.#tails.replaced(file);
    if (read?.kind !== 'read') {
      // Not before the next look at the disk.
      file.isDirty = false;
      file.isUnsettled = true;
      return [];
    }
    const { consumed, left } = read;
    const events = this.#sorted(file, read.events, offset, position);
    this.#nulls += left.nulls;
    if (left.truncated > 0) this.#countLoss('longLine', left.truncated, file.path);
    if (consumed > 0) {
      const to = position + consumed;
      const lastEnd = events.at(-1)?.end ?? position;
      this.#strands.read({
        file,
        from: position,
        to,
        offset,
        lastEnd,
        before: tail,
        after: file.read.tail,
      });
    }
    return this.#strands.strandOf(file)
      ? events.map((event) => ({ ...event, path: file.originalPath, strand: file }))
      : events;
  }

  /** Drops what another instance wrote, or sends it behind a marker, as the entry asks. */
  #sorted(
    file: TailedFile,
    events: readonly LogEvent[],
    offset: number,
    position: number,
  ): readonly LogEvent[] {
    const shift = position - offset;
    const count = countInherited(file, events, offset, shift);
    if (count === 0) return events;
    const [older, own] = [events.slice(0, count), events.slice(count)];
    if (this.#rules.inherited === 'skip') {
      this.#inheritedBytes += (older.at(-1)?.end ?? position) - position;
      return own;
    }
    const marked = older.map((event): LogEvent => ({ ...event, inherited: 'event' }));
    const { clock, landing } = this.#parts;
    const [first] = older;
    if (!file.isMarked && landing && first) {
      file.isMarked = true;
      marked.unshift(inheritedMarker({ landing, where: file.path, now: clock.now() }, first, position));
    }
    return [...marked, ...own];
  }
}
