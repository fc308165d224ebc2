import type { SealedRecords } from '#config-service';
import type { Logger } from '#kit/logger.ts';

/** `departure`: how far leaving has come in this boot. `launch`: what was told of the launch. `notices`: of what hooks were told. */
export type NoteName = 'departure' | 'launch' | 'notices';

/** Small facts that outlive a restart of the agent on this instance, and never reach another one. */
export interface Notes {
  /** Undefined when there is none that can be used. */
  load(name: NoteName): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Durable when it resolves, if anything is kept at all. */
  save(name: NoteName, note: Readonly<Record<string, unknown>>): Promise<void>;
}

/** `termination.NAME.sealed` in the state folder; without records, for this run of the agent only. */
export function sealedNotes(records: SealedRecords<NoteName> | undefined, logger: Logger): Notes {
  const noted = new Map<NoteName, Readonly<Record<string, unknown>>>();
  return {
    async load(name) {
      const known = noted.get(name);
      if (known || !records) return known;
      const loaded = await records.load(name);
      if (loaded.kind === 'ignored') {
        const { why, reason } = loaded;
        logger.warn(`the note of the ${name} in the state folder cannot be used`, { why, reason });
      }
      return loaded.kind === 'loaded' ? objectIn(loaded.plaintext) : undefined;
    },
    async save(name, note) {
      noted.set(name, note);
      const saved = await records?.save(name, Buffer.from(JSON.stringify(note)));
      if (saved && saved.kind !== 'ok') {
        logger.warn(`the note of the ${name} could not be kept`, { code: saved.fault.code });
      }
    },
  };
}

/** What passed the seal is what this instance wrote; another version of Landfall may have written it otherwise. */
function objectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const isObject = typeof value === 'object' && value !== null;
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
