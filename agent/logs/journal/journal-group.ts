import type { Checkpointer } from '../base/checkpointer.ts';
import type { SourceGroup } from '../entry/source-group.ts';
import { JournalSource, type JournalParts } from './journal-source.ts';

export interface JournalRequest extends Pick<
  JournalParts,
  'name' | 'settings' | 'destination' | 'landing' | 'journalctl' | 'clock' | 'random' | 'logger' | 'times'
> {
  readonly book: Checkpointer;
}

/** The journal is one source. */
export function journalGroup(request: JournalRequest): SourceGroup {
  const { name, book, journalctl, settings, destination, landing, clock, random, logger, times } = request;
  const key = `journal/${name}`;
  let opened: JournalSource | undefined;
  return {
    start: (listener) => {
      const source: JournalSource = new JournalSource({
        name,
        settings,
        destination,
        landing,
        clock,
        random,
        logger,
        journalctl,
        times,
        loadCheckpoint: () => book.load(key),
        saveCheckpoint: (checkpoint) => book.note(key, () => checkpoint),
        lost: (cause, events) => listener.lost(source, cause, events, 0),
      });
      opened = source;
      listener.opened(source);
    },
    troubles: () => {
      const complaint = opened?.complaint;
      return complaint === undefined ? [] : [`the journal cannot be read: ${complaint}`];
    },
    close: () => Promise.resolve(),
  };
}
