import type { Fault } from '#kit/errors.ts';
import { diffEffective, type Generation, type GenerationDiff, type GenerationSummary } from '#config-service';

/** How many generations are remembered for `diff`; older ones are forgotten. */
const CAPACITY = 16;

/** Of all remembered diffs; that of a file of 100 KB which is replaced whole takes twice as much. */
const MAX_DIFF_BYTES = 512 * 1024;

/**
 * What is left of a generation once it is another's turn: the whole of it would cost memory for nothing. Its diff is text,
 * because an object would hold on to strings that are slices of the files they came from.
 */
interface Activated {
  readonly summary: Omit<GenerationSummary, 'state'>;
  /** Undefined once those after it need its room. */
  readonly diff: string | undefined;
}

/** The ring as it was, for `revert`. */
export interface RingMark {
  readonly active: Generation | undefined;
  readonly activated: readonly Activated[];
  readonly since: Since | undefined;
}

/** Epoch ms since when keys have their present value: the same for all but those that came or changed later. */
interface Since {
  readonly first: number;
  readonly later: ReadonlyMap<string, number>;
}

/** The active generation, the ones before it, and the ones that were refused. */
export class GenerationRing {
  #active: Generation | undefined;
  #activated: readonly Activated[] = [];
  #refused: GenerationSummary[] = [];
  #since: Since | undefined;
  #lastNumber = 0;
  #revision = 0;
  readonly #waiters = new Set<() => void>();

  get active(): Generation | undefined {
    return this.#active;
  }

  /** The number the next candidate gets, accepted or refused: numbers are never used twice. */
  get nextNumber(): number {
    return this.#lastNumber + 1;
  }

  /** See `ApiBackend.revision`. */
  get revision(): number {
    return this.#revision;
  }

  /** Makes `generation` what readers see, in one step, and returns what changed. */
  activate(generation: Generation): GenerationDiff {
    const diff = {
      number: generation.number,
      ...diffEffective(this.active?.effective ?? new Map(), generation.effective),
    };
    this.#active = generation;
    this.#lastNumber = generation.number;
    this.#revision = Math.max(this.#revision + 1, generation.activatedAt);
    this.#since = sinceOf(generation, diff, this.#since);
    const activated = { summary: summaryOf(generation), diff: JSON.stringify(diff) };
    this.#activated = withinBytes([...this.#activated, activated].slice(-CAPACITY));
    for (const wake of this.#waiters) wake();
    return diff;
  }

  mark(): RingMark {
    return { active: this.#active, activated: this.#activated, since: this.#since };
  }

  /** Readers see again what they saw at `mark`: what came after did not come into effect. Numbers stay used. */
  revert({ active, activated, since }: RingMark): void {
    this.#active = active;
    this.#activated = activated;
    this.#since = since;
    this.#revision += 1;
    for (const wake of this.#waiters) wake();
  }

  /**
   * Takes over new provenance (moved lines, another comment) when nothing effective differs; no new generation then.
   * False when something does differ.
   */
  refresh(generation: Generation): boolean {
    const active = this.#sameAs(generation);
    if (!active) return false;
    this.#active = { ...generation, number: active.number, activatedAt: active.activatedAt };
    return true;
  }

  /** The number that a candidate will go by: where nothing effective differs, that of the active generation. */
  numberFor(candidate: Generation): number {
    return this.#sameAs(candidate)?.number ?? candidate.number;
  }

  #sameAs({ digest, release }: Generation): Generation | undefined {
    const active = this.#active;
    return active?.digest === digest && active.release === release ? active : undefined;
  }

  refuse(number: number, release: string | null, digest: string, at: number, fault: Fault): void {
    this.#lastNumber = number;
    const refusal = { code: fault.code, message: `${fault.cause}. ${fault.hint}` };
    const summary = { number, release, digest, activatedAt: at, keys: 0, state: 'refused', refusal } as const;
    this.#refused = [...this.#refused, summary].slice(-CAPACITY);
  }

  /** Newest first. */
  summaries(): readonly GenerationSummary[] {
    const activated = this.#activated.map(({ summary }): GenerationSummary => ({
      ...summary,
      state: summary.number === this.#active?.number ? 'active' : 'previous',
    }));
    return [...activated, ...this.#refused].toSorted((a, b) => b.number - a.number);
  }

  diff(number: number): GenerationDiff | undefined {
    const text = this.#activated.find(({ summary }) => summary.number === number)?.diff;
    return text === undefined ? undefined : (JSON.parse(text) as GenerationDiff);
  }

  /** Bytes that the remembered diffs hold. */
  get diffBytes(): number {
    return this.#activated.reduce((sum, { diff }) => sum + (diff?.length ?? 0), 0);
  }

  /** True for keys whose value in the active generation is made of a secret; diffs know it of the values they show. */
  isSecret(key: string): boolean {
    return this.#active?.effective.get(key)?.masked !== undefined;
  }

  /** Epoch ms of the activation that gave the key its present value. */
  since(key: string): number | undefined {
    if (!this.#active?.effective.has(key)) return undefined;
    return this.#since?.later.get(key) ?? this.#since?.first;
  }

  /** True as soon as the active digest is not `digest`; false when the signal aborts first. */
  changed(digest: string, signal: AbortSignal): Promise<boolean> {
    if (this.active !== undefined && this.active.digest !== digest) return Promise.resolve(true);
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const finish = (changed: boolean): void => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', giveUp);
        resolve(changed);
      };
      const wake = (): void => {
        if (this.active?.digest !== digest) finish(true);
      };
      const giveUp = (): void => finish(false);
      this.#waiters.add(wake);
      signal.addEventListener('abort', giveUp);
    });
  }
}

/** With the keys of this generation: those of an earlier one would hold on to the files they were read from. */
function sinceOf(
  { effective, activatedAt }: Generation,
  { added, changed }: Pick<GenerationDiff, 'added' | 'changed'>,
  before: Since | undefined,
): Since {
  if (before === undefined) return { first: activatedAt, later: new Map() };
  const later = new Map<string, number>();
  for (const [key, at] of before.later) {
    const kept = effective.get(key);
    if (kept) later.set(kept.key, at);
  }
  for (const change of [added, changed]) for (const { key } of change) later.set(key, activatedAt);
  return { first: before.first, later };
}

/** The oldest diffs make room; that of the newest stays, whatever its size. */
function withinBytes(activated: readonly Activated[]): readonly Activated[] {
  let bytes = 0;
  return activated
    .toReversed()
    .map((one, index) => {
      bytes += one.diff?.length ?? 0;
      return index === 0 || bytes <= MAX_DIFF_BYTES ? one : { ...one, diff: undefined };
    })
    .toReversed();
}

function summaryOf({ number, release, digest, activatedAt, effective }: Generation): Activated['summary'] {
  return { number, release, digest, activatedAt, keys: effective.size };
}
