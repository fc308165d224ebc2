import { createHash } from 'node:crypto';
import type { Outcome } from '#kit/outcome.ts';
import type { Checkpoint, Checkpoints } from '../base/checkpoints.ts';

export type SlotName = 'a' | 'b';

/** Two places, each replaced as a whole, such as two stamped files. What cannot be used loads as undefined. */
export interface Slots {
  load(name: SlotName): Promise<Uint8Array | undefined>;
  save(name: SlotName, bytes: Uint8Array): Promise<Outcome<void>>;
}

/** Told when a slot holds what is no checkpoint: the one before is used, or, when there is none, files are read again. */
export type ReportDamage = (name: SlotName, hasPrevious: boolean) => void;

/**
 * Checkpoints in turns in two slots: a save that is torn leaves the one before it (case 25). A later version, too, is read as
 * none: its slot is the next to be written over (case 32).
 */
export function createCheckpointSlots(slots: Slots, reportDamage: ReportDamage): Checkpoints {
  let next: { readonly name: SlotName; readonly generation: number } = { name: 'a', generation: 1 };
  return {
    load: async () => {
      const found = await Promise.all(NAMES.map(async (name) => ({ name, bytes: await slots.load(name) })));
      const read = found.map(({ name, bytes }) => ({ name, bytes, record: bytes && decode(bytes) }));
      const best = read.toSorted((x, y) => (y.record?.generation ?? 0) - (x.record?.generation ?? 0))[0];
      for (const { name, bytes, record } of read) {
        if (bytes && !record) reportDamage(name, best?.record !== undefined);
      }
      if (best?.record) next = { name: other(best.name), generation: best.record.generation + 1 };
      return best?.record?.checkpoints ?? new Map<string, Checkpoint>();
    },
    save: async (checkpoints) => {
      const { name, generation } = next;
      const saved = await slots.save(name, encode(generation, checkpoints));
      // A slot that may be torn is tried again: the other one is the only one known to be good.
      if (saved.kind === 'ok') next = { name: other(name), generation: generation + 1 };
      return saved;
    },
  };
}

const NAMES = ['a', 'b'] as const;
const FORMAT = 'landfall-checkpoints 1';

function other(name: SlotName): SlotName {
  return name === 'a' ? 'b' : 'a';
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
