import type { Fault } from '#kit/errors.ts';
import { diffEffective, type Generation, type GenerationDiff, type GenerationSummary } from '#config-service';

/** How many generations are remembered for `diff`; older ones are forgotten. */
const CAPACITY = 16;

/** What is left of a generation once it is another's turn: the whole of it would cost memory for nothing. */
interface Activated {
  readonly summary: Omit<GenerationSummary, 'state'>;
  readonly diff: GenerationDiff;
}

/** The ring as it was, for `revert`. */
export interface RingMark {
  readonly active: Generation | undefined;
  readonly activated: readonly Activated[];
  readonly since: ReadonlyMap<string, number>;
}

/** The active generation, the ones before it, and the ones that were refused. */
export class GenerationRing {
  #active: Generation | undefined;
  #activated: readonly Activated[] = [];
  #refused: GenerationSummary[] = [];
  #since = new Map<string, number>();
  /** Every key that ever held a secret here: diffs show values of generations that are gone. */
  readonly #secrets = new Set<string>();
  #lastNumber = 0;
  readonly #waiters = new Set<() => void>();

  get active(): Generation | undefined {
    return this.#active;
  }

  /** The number the next candidate gets, accepted or refused: numbers are never used twice. */
  get nextNumber(): number {
    return this.#lastNumber + 1;
  }

  /** Makes `generation` what readers see, in one step, and returns what changed. */
  activate(generation: Generation): GenerationDiff {
    const diff = {
      number: generation.number,
      ...diffEffective(this.active?.effective ?? new Map(), generation.effective),
    };
    this.#active = generation;
    this.#noteSecrets(generation);
    this.#lastNumber = generation.number;
    for (const { key } of [...diff.added, ...diff.changed]) this.#since.set(key, generation.activatedAt);
    for (const { key } of diff.removed) this.#since.delete(key);
    this.#activated = [...this.#activated, { summary: summaryOf(generation), diff }].slice(-CAPACITY);
    for (const wake of this.#waiters) wake();
    return diff;
  }

  mark(): RingMark {
    return { active: this.#active, activated: this.#activated, since: new Map(this.#since) };
  }

  /** Readers see again what they saw at `mark`: what came after did not come into effect. Numbers stay used. */
  revert({ active, activated, since }: RingMark): void {
    this.#active = active;
    this.#activated = activated;
    this.#since = new Map(since);
    for (const wake of this.#waiters) wake();
  }

  /**
   * Takes over new provenance (moved lines, another comment) when nothing effective differs; no new generation then.
   * False when something does differ.
   */
  refresh(generation: Generation): boolean {
    const active = this.#active;
    if (active?.digest !== generation.digest || active.release !== generation.release) return false;
    this.#active = { ...generation, number: active.number, activatedAt: active.activatedAt };
    this.#noteSecrets(generation);
    return true;
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
    return this.#activated.find(({ summary }) => summary.number === number)?.diff;
  }

  /** True for keys whose value is, or was, made of a secret. */
  isSecret(key: string): boolean {
    return this.#secrets.has(key);
  }

  #noteSecrets({ effective }: Generation): void {
    for (const { key, masked } of effective.values()) if (masked !== undefined) this.#secrets.add(key);
  }

  /** Epoch ms of the activation that gave the key its present value. */
  since(key: string): number | undefined {
    return this.#since.get(key);
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

function summaryOf({ number, release, digest, activatedAt, effective }: Generation): Activated['summary'] {
  return { number, release, digest, activatedAt, keys: effective.size };
}
