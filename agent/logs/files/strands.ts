import { Acknowledgements, type Segment } from './acknowledgements.ts';
import type { TailedFile } from './tailed-file.ts';

/** What is acknowledged in one order: all files of an entry, or each by itself where each has a stream of its own. */
export class Strands {
  readonly #isEachItsOwn: boolean;
  readonly #shared = new Acknowledgements();
  readonly #own = new WeakMap<object, Acknowledgements>();
  /** Files of which something is under way. */
  readonly #busy = new Set<TailedFile>();

  constructor(isEachItsOwn: boolean) {
    this.#isEachItsOwn = isEachItsOwn;
  }

  /** What the events of a file bear; undefined where all are one strand. */
  strandOf(file: TailedFile): TailedFile | undefined {
    return this.#isEachItsOwn ? file : undefined;
  }

  /** Behind everything that was read, in the strand of the file. */
  position(file: TailedFile): number {
    return this.#of(file).position;
  }

  /** Files of which something is under way. */
  get files(): readonly TailedFile[] {
    return this.#isEachItsOwn ? [...this.#busy] : [...this.#shared.files];
  }

  read(segment: Segment): void {
    const { file } = segment;
    const strand = this.#of(file);
    strand.read(segment);
    if (this.#isEachItsOwn) this.#note(file, strand);
  }

  acknowledge(end: number, strand: object | undefined): void {
    if (strand === undefined) return this.#shared.acknowledge(end);
    const own = this.#own.get(strand);
    own?.acknowledge(end);
    if (own) this.#note(strand as TailedFile, own);
  }

  #of(file: TailedFile): Acknowledgements {
    if (!this.#isEachItsOwn) return this.#shared;
    const known = this.#own.get(file);
    if (known) return known;
    const made = new Acknowledgements();
    this.#own.set(file, made);
    return made;
  }

  #note(file: TailedFile, { isDone }: Acknowledgements): void {
    if (isDone) this.#busy.delete(file);
    else this.#busy.add(file);
  }
}
