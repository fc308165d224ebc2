import { ok, type Outcome } from '#kit/outcome.ts';
import type { ApplyStore } from '../apply-store.ts';

/** What a service is owed since something it waits for changed. */
export type Owed = 'restart' | 'reload';

/**
 * What of init and services has to survive a crash: commands that are done, what was fetched into place, and services that
 * are owed a restart. Each change is durable when it resolves with ok; one that changes nothing writes nothing.
 */
export interface Progress {
  isDone(key: string, digest: string): boolean;
  /** With whatever digest. */
  hasEnded(key: string): boolean;
  finish(key: string, digest: string): Promise<Outcome<void>>;
  /** What was done under keys that begin so is to be done again. */
  undo(prefix: string): Promise<Outcome<void>>;
  /** What `see` was told last. */
  seen(key: string): string | undefined;
  see(key: string, version: string): Promise<Outcome<void>>;
  owed(key: string): Owed | undefined;
  /** A restart stands for a reload as well, never the other way round. */
  owe(keys: readonly string[], what: Owed): Promise<Outcome<void>>;
  pay(key: string): Promise<Outcome<void>>;
  /** Forgets what the plan no longer asks for. */
  keepOnly(isKept: (key: string) => boolean): Promise<Outcome<void>>;
}

/** As it is stored. */
interface Entries {
  readonly done: Record<string, string>;
  readonly seen: Record<string, string>;
  readonly owed: Record<string, string>;
}

/** @param durable false: for a preview, which changes its own copy only. */
export async function openProgress(store: ApplyStore, durable: boolean): Promise<Progress> {
  const { done, seen, owed } = maps(await store.load('init-progress'));

  const save = async (): Promise<Outcome<void>> => {
    if (!durable) return ok(undefined);
    const entries: Entries = {
      done: Object.fromEntries(done),
      seen: Object.fromEntries(seen),
      owed: Object.fromEntries(owed),
    };
    return store.save('init-progress', Buffer.from(JSON.stringify(entries)));
  };
  const set = async (map: Map<string, string>, key: string, value: string): Promise<Outcome<void>> => {
    if (map.get(key) === value) return ok(undefined);
    map.set(key, value);
    return save();
  };

  return {
    isDone: (key, digest) => done.get(key) === digest,
    hasEnded: (key) => done.has(key),
    finish: (key, digest) => set(done, key, digest),
    undo: async (prefix) => {
      const before = done.size;
      for (const key of done.keys()) if (key.startsWith(prefix)) done.delete(key);
      return done.size === before ? ok(undefined) : save();
    },
    seen: (key) => seen.get(key),
    see: (key, version) => set(seen, key, version),
    owed: (key) => owedOf(owed.get(key)),
    owe: async (keys, what) => {
      const news = keys.filter((key) => owed.get(key) !== 'restart' && owed.get(key) !== what);
      for (const key of news) owed.set(key, what);
      return news.length === 0 ? ok(undefined) : save();
    },
    pay: async (key) => (owed.delete(key) ? save() : ok(undefined)),
    keepOnly: async (isKept) => {
      const before = done.size + seen.size + owed.size;
      for (const map of [done, seen, owed]) {
        for (const key of map.keys()) if (!isKept(key)) map.delete(key);
      }
      return done.size + seen.size + owed.size === before ? ok(undefined) : save();
    },
  };
}

function owedOf(text: string | undefined): Owed | undefined {
  return text === 'restart' || text === 'reload' ? text : undefined;
}

/** What another version or a fault of the disk left there counts as nothing: then work is done once more. */
function maps(bytes: Uint8Array | undefined): Record<keyof Entries, Map<string, string>> {
  let stored: Partial<Record<string, unknown>> = {};
  try {
    const parsed: unknown = bytes === undefined ? {} : JSON.parse(new TextDecoder().decode(bytes));
    if (typeof parsed === 'object' && parsed !== null) stored = { ...parsed };
  } catch {
    // As said above.
  }
  return { done: mapOf(stored['done']), seen: mapOf(stored['seen']), owed: mapOf(stored['owed']) };
}

function mapOf(value: unknown): Map<string, string> {
  const entries: [string, unknown][] =
    typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
