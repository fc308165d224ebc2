import { createHash } from 'node:crypto';
import { isRecord } from '#kit/is-record.ts';
import { openJournal, readJournal, type JournalPlace } from '../across/journal.ts';
import type { Job } from './job.ts';

/** A copy that was asked for, and whose aftermath (tags, retention) is not known to be done. */
export interface CopyEntry {
  /** Which attempt: a client token, or the source's id where the service knows none. */
  readonly token: string;
  /** Epoch ms: the time in the tags of the copy. */
  readonly at: number;
  /** Epoch ms: when it was asked for. */
  readonly askedAt: number;
}

export interface CopyJournal {
  /** What an earlier run left. */
  readonly found: CopyEntry | undefined;
  /** Noted before the copy is asked for. The time for its tags: that of an earlier try with the same token, else `at`. */
  begin(token: string, at: number, now?: number): Promise<number>;
  /** Nothing is left to do after the copy. */
  done(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What one job does in one destination, for this process alone. Nothing depends on it being there: another machine, without
 * it, comes to the same by reading tags. @throws LandfallError `LF_STATE_LOCKED`, `LF_STATE_DIR`.
 */
export async function openCopyJournal(folder: string, job: Job, region: string): Promise<CopyJournal> {
  const journal = await openJournal(placeOf(folder, job, region), readEntry);
  let { found } = journal;
  return {
    found,
    begin: async (token, at, now = at) => {
      const entry = { token, at: found?.token === token ? found.at : at, askedAt: now };
      await journal.write(entry);
      found = entry;
      return entry.at;
    },
    done: async () => {
      if (found !== undefined) await journal.remove();
      found = undefined;
    },
    close: () => journal.close(),
  };
}

/** For a plan: read, never written, not locked. */
export async function peekCopyJournal(folder: string, job: Job, region: string): Promise<CopyJournal> {
  const found = await readJournal(placeOf(folder, job, region), readEntry);
  return { found, begin: async (_token, at) => at, done: async () => {}, close: async () => {} };
}

function placeOf(folder: string, { name, type, source }: Job, region: string): JournalPlace {
  const digest = createHash('sha256')
    .update(JSON.stringify([name, type, source, region]))
    .digest('hex');
  return {
    folder,
    name: `sync/${name.replaceAll(/[^\w-]/g, '-').slice(0, 60)}.${region}.${digest.slice(0, 12)}`,
  };
}

function readEntry(document: unknown): CopyEntry | undefined {
  if (!isRecord(document)) return undefined;
  const { token, at, askedAt } = document;
  if (typeof token !== 'string' || typeof at !== 'number' || typeof askedAt !== 'number') return undefined;
  return { token, at, askedAt };
}
