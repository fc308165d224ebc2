import type { Outcome } from '../../kit/outcome.ts';
import type { StampedFile, StampedLoad } from '../seal/stamped-file.ts';

/** An instance follows one pointer, and another one when its tags change. */
const MAX_ADDRESSES = 16;

export interface ReleaseSequencesOptions {
  /** Undefined where nothing can be kept: then it is known until this process ends. */
  readonly file: StampedFile | undefined;
  /** Least sequence that any pointer may have, also one that was never followed here. */
  readonly least?: number;
  /** False: what is followed is not written down, for a rehearsal. */
  readonly durable: boolean;
  /** Told what came of loading and saving, where it is not well. */
  readonly onTrouble: (trouble: Extract<StampedLoad, { kind: 'ignored' }> | Outcome<never>) => void;
}

/** How far the sequence of signed pointers has come, by the address of the pointer. */
export interface ReleaseSequences {
  least(address: string): number | undefined;
  raise(address: string, sequence: number): Promise<void>;
}

/**
 * What the stamped file says, from then on in memory. In clear, for it holds no value, and so that it outlives a stop and
 * start. The stamp proves nothing: whoever can write the state folder can have an older release followed, and is root.
 */
export async function openReleaseSequences(options: ReleaseSequencesOptions): Promise<ReleaseSequences> {
  const { file, least, durable, onTrouble } = options;
  const loaded = (await file?.load()) ?? { kind: 'absent' };
  if (loaded.kind === 'ignored') onTrouble(loaded);
  const read = loaded.kind === 'loaded' ? sequencesIn(loaded.content) : new Map<string, number>();
  if (!read) onTrouble({ kind: 'ignored', why: 'unreadable', reason: 'its content cannot be read' });
  const known = read ?? new Map<string, number>();
  return {
    least: (address) => {
      const followed = known.get(address);
      if (followed === undefined || least === undefined) return followed ?? least;
      return Math.max(followed, least);
    },
    async raise(address, sequence) {
      const before = known.get(address);
      if (before !== undefined && before >= sequence) return;
      // What was followed last stands last: the first is what was given up longest ago.
      known.delete(address);
      known.set(address, sequence);
      for (const oldest of known.keys()) {
        if (known.size <= MAX_ADDRESSES) break;
        known.delete(oldest);
      }
      if (!durable) return;
      const saved = await file?.save(Buffer.from(`${JSON.stringify(Object.fromEntries(known))}\n`));
      if (saved !== undefined && saved.kind !== 'ok') onTrouble(saved);
    },
  };
}

/** Undefined: it is damaged. */
function sequencesIn(content: Uint8Array): Map<string, number> | undefined {
  try {
    const entries = Object.entries(JSON.parse(new TextDecoder().decode(content)) as Record<string, unknown>);
    return new Map(
      entries
        .filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]))
        .slice(-MAX_ADDRESSES),
    );
  } catch {
    return undefined;
  }
}
