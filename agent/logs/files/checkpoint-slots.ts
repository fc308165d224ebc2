import { createHash } from 'node:crypto';
import type { Outcome } from '#kit/outcome.ts';
import type { Checkpoint, Checkpoints } from '../base/checkpoints.ts';

type DurableSlot = 'a' | 'b';
export type SlotName = DurableSlot | 'recent';

/** Places that are replaced as a whole, such as stamped files. What cannot be used loads as undefined. */
export interface Slots {
  load(name: SlotName): Promise<Uint8Array | undefined>;
  /** Durable when ok, but for `recent`: nothing waits for the disk there, so that a power cut may damage it and no kill does. */
  save(name: SlotName, bytes: Uint8Array): Promise<Outcome<void>>;
}

/** Told when a slot holds what is no checkpoint: the one before is used, or, when there is none, files are read again. */
export type ReportDamage = (name: SlotName, hasPrevious: boolean) => void;

/**
 * Durable checkpoints in turns in two slots: a save that is torn leaves the one before it (case 25). A later version, too, is read
 * as none: its slot is the next to be written over (case 32). What is not to be durable goes to a third one, with the generation
 * it comes after: behind a later one, which a version that does not know the slot may have written, it is nothing.
 */
export function createCheckpointSlots(slots: Slots, reportDamage: ReportDamage): Checkpoints {
  let next: { readonly name: DurableSlot; readonly generation: number } = { name: 'a', generation: 1 };
  const read = async <Name extends SlotName>(name: Name) => {
    const bytes = await slots.load(name);
    return { name, bytes, record: bytes && decode(bytes) };
  };
  return {
    load: async () => {
      const [a, b, recent] = await Promise.all([read('a'), read('b'), read('recent')]);
      const durable = generationOf(b) > generationOf(a) ? b : a;
      const best = recent.record && generationOf(recent) >= generationOf(durable) ? recent : durable;
      for (const { name, bytes, record } of [a, b, recent]) {
        if (bytes && !record) reportDamage(name, best.record !== undefined);
      }
      if (best.record) next = { name: other(durable.name), generation: generationOf(best) + 1 };
      return best.record?.checkpoints ?? new Map<string, Checkpoint>();
    },
    save: async (checkpoints, durable) => {
      const { name, generation } = next;
      if (!durable) return slots.save('recent', encode(generation - 1, checkpoints));
      const saved = await slots.save(name, encode(generation, checkpoints));
      // A slot that may be torn is tried again: the other one is the only one known to be good.
      if (saved.kind === 'ok') next = { name: other(name), generation: generation + 1 };
      return saved;
    },
  };
}

const FORMAT = 'landfall-checkpoints 1';

function other(name: DurableSlot): DurableSlot {
  return name === 'a' ? 'b' : 'a';
}

/** 0 for what holds no checkpoints. */
function generationOf({ record }: { readonly record: SlotRecord | undefined }): number {
  return record?.generation ?? 0;
}

interface SlotRecord {
  readonly generation: number;
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
}

/** A line of format and digest, then JSON. */
function encode(generation: number, checkpoints: ReadonlyMap<string, Checkpoint>): Uint8Array {
  const body = JSON.stringify({ generation, checkpoints: [...checkpoints] });
  return Buffer.from(`${FORMAT} ${digest(body)}\n${body}`);
}

function decode(bytes: Uint8Array): SlotRecord | undefined {
  const text = Buffer.from(bytes).toString();
  const lineEnd = text.indexOf('\n');
  const body = text.slice(lineEnd + 1);
  if (text.slice(0, Math.max(0, lineEnd)) !== `${FORMAT} ${digest(body)}`) return undefined;
  // The digest is right: it is what `encode` wrote.
  const { generation, checkpoints } = JSON.parse(body) as {
    generation: number;
    checkpoints: [string, Checkpoint][];
  };
  return { generation, checkpoints: new Map(checkpoints) };
}

function digest(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
