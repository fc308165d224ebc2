import type { Problem } from '../kit/errors.ts';

const MAX_KEPT = 20;

/** All problems of one manifest at once, bounded: the first 20 in full, the others as a number. */
export class ProblemList {
  readonly #kept: Problem[] = [];
  #count = 0;

  /** `place` is the JSON path of the field, such as `stable.layers["base"].files[0].sha256`. */
  add(place: string, message: string): void {
    this.#count += 1;
    if (this.#kept.length < MAX_KEPT) {
      this.#kept.push({ code: 'LF_MANIFEST_INVALID', message: `${place} ${message}` });
    }
  }

  get empty(): boolean {
    return this.#count === 0;
  }

  list(): readonly Problem[] {
    return this.#kept;
  }

  /** One clause for the fault's cause. */
  summary(): string {
    const first = this.#kept[0]?.message ?? 'it is not valid';
    return this.#count <= 1 ? first : `${first} (and ${this.#count - 1} more)`;
  }
}
