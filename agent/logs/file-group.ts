import type { Clock } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import type { Checkpointer } from './base/checkpointer.ts';
import type { Destination } from './base/destination.ts';
import { createFileSource, type FileSource, type FileSourceParts } from './files/file-source.ts';
import type { FileSourceStatus } from './files/file-status.ts';
import type { FileTroubles } from './files/file-troubles.ts';
import type { LogSource } from './base/log-source.ts';
import { carriesFile } from './names/name-template.ts';
import type { FileSettings } from './entry/log-plan.ts';
import type { WrittenTimes } from './text/event-time.ts';
import type { SourceGroup, SourceListener, GroupStatus } from './entry/source-group.ts';

export interface FilesRequest {
  /** Name of the entry. */
  readonly name: string;
  readonly settings: FileSettings;
  readonly destination: Destination;
  readonly book: Checkpointer;
  readonly files: FileSourceParts;
  /** Told of the time that each event bears, where the settings have it read. */
  readonly times: WrittenTimes;
  readonly clock: Clock;
  readonly logger: Logger;
}

const NONE: FileTroubles = { unreadable: [], unmatched: [] };

/** From one look at what cannot be read to the next. */
const TELL_MS = 5_000;

/** In the status; of more than these only the sums are told. */
const MOST_FILES = 200;

/** All files of an entry are one source, which is opened once its checkpoint is there. */
export function fileGroup({
  name,
  settings,
  destination,
  book,
  files,
  times,
  clock,
  logger,
}: FilesRequest): SourceGroup {
  let { rules } = settings;
  let to = destination;
  let source: FileSource | undefined;
  let closed = false;

  const open = async (listener: SourceListener): Promise<void> => {
    const checkpoint = await book.load(keyOf(name));
    if (closed) return;
    const made: FileSource = createFileSource(
      {
        name,
        destination: to,
        rules,
        times,
        ...(checkpoint === undefined ? {} : { checkpoint }),
        lost: (cause, bytes) => listener.lost(noted, cause, 0, bytes),
      },
      files,
    );
    const noted = notedSource(made, name, book, teller(made, name, clock, logger));
    source = made;
    listener.opened(noted);
  };

  return {
    start: (listener) => void open(listener),
    reconfigure: (wanted, destinationNow) => {
      // What is under way is acknowledged in one order for all files, or in one for each: neither becomes the other.
      if (wanted.kind !== 'files' || carriesFile(destinationNow.stream) !== carriesFile(to.stream))
        return false;
      rules = wanted.rules;
      to = destinationNow;
      source?.reconfigure(rules, to);
      return true;
    },
    // Rules that are new are looked up on the disk at once, even when they are the same.
    lookNow: () => source?.reconfigure(rules, to),
    behindBytes: () => source?.status().lagBytes ?? 0,
    troubles: () => {
      const { unreadable, unmatched } = source?.troubles() ?? NONE;
      return [...unreadable, ...unmatched];
    },
    status: () => (source ? shown(source.status()) : {}),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}

function shown({ files, ...rest }: FileSourceStatus): GroupStatus {
  return {
    ...rest,
    files: files.slice(0, MOST_FILES),
    filesNotShown: Math.max(0, files.length - MOST_FILES),
  };
}

function keyOf(name: string): string {
  return `files/${name}`;
}

/** `made`, with its progress noted in the book. */
function notedSource(made: FileSource, name: string, book: Checkpointer, tell: () => void): LogSource {
  const note = (): void => book.note(keyOf(name), () => made.checkpoint());
  let isFirst = true;
  let { sightings } = made;
  const read: LogSource['read'] = async (maxBytes, isHeld) => {
    const events = await made.read(maxBytes, isHeld);
    // Where files were found that are only read from their end on: a crash before the first event must not skip again.
    if (isFirst || made.sightings !== sightings) note();
    // Nor may one forget a file that rotation takes away before its first batch is acknowledged.
    if (made.sightings !== sightings) void book.keep();
    tell();
    isFirst = false;
    ({ sightings } = made);
    return events;
  };
  return {
    name: made.name,
    get destination() {
      return made.destination;
    },
    read,
    acknowledge: (end, strand) => {
      made.acknowledge(end, strand);
      note();
    },
    close: async () => {
      note();
      await made.close();
    },
  };
}

/** Logs each thing that cannot be read once, as long as it stays so. */
function teller(made: FileSource, entry: string, clock: Clock, logger: Logger): () => void {
  let told: ReadonlySet<string> = new Set();
  let tellAt = -Infinity;
  return () => {
    const now = clock.monotonic();
    if (now < tellAt) return;
    tellAt = now + TELL_MS;
    const { unreadable } = made.troubles();
    for (const text of unreadable) {
      if (!told.has(text)) logger.warn('logs cannot be read', { entry, error: text });
    }
    told = new Set(unreadable);
  };
}
