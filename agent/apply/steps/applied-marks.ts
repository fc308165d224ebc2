import type { Outcome } from '#kit/outcome.ts';
import type { ApplyStore } from '../apply-store.ts';

/** That something ran to its end on this instance. */
export interface Mark {
  /** Such as `scripts.10-base`. */
  readonly entry: string;
  /** Digest of what ran, or of what it ran for. */
  readonly sha256: string;
}

/** Contents remembered per entry, and in all; the oldest goes. */
const MAX_PER_ENTRY = 32;
const MAX_MARKS = 4096;

/** Oldest first. */
export type Marks = readonly Mark[];

/** What cannot be read is as if nothing ran: what is safe to run once is safe to run on a fresh instance. */
export async function loadMarks(store: ApplyStore): Promise<Marks> {
  const bytes = await store.load('applied');
  if (bytes === undefined) return [];
  try {
    const { marks } = JSON.parse(new TextDecoder().decode(bytes)) as { marks?: unknown };
    return Array.isArray(marks) ? marks.filter(isMark) : [];
  } catch {
    return [];
  }
}

export async function saveMarks(store: ApplyStore, marks: Marks): Promise<Outcome<void>> {
  return await store.save('applied', new TextEncoder().encode(JSON.stringify({ marks })));
}

export function hasMark(marks: Marks, { entry, sha256 }: Mark): boolean {
  return marks.some((mark) => mark.entry === entry && mark.sha256 === sha256);
}

export function withMark(marks: Marks, mark: Mark): Marks {
  const others = marks.filter(({ entry, sha256 }) => entry !== mark.entry || sha256 !== mark.sha256);
  const ofEntry = others.filter(({ entry }) => entry === mark.entry);
  const surplus = new Set(ofEntry.slice(0, Math.max(0, ofEntry.length - MAX_PER_ENTRY + 1)));
  return [...others.filter((other) => !surplus.has(other)), mark].slice(-MAX_MARKS);
}

export function withoutEntry(marks: Marks, entry: string): Marks {
  return marks.filter((mark) => mark.entry !== entry);
}

function isMark(value: unknown): value is Mark {
  const { entry, sha256 } = (value ?? {}) as Partial<Record<keyof Mark, unknown>>;
  return typeof entry === 'string' && typeof sha256 === 'string';
}
