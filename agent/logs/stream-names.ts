import { nameOfFile } from './names/name-template.ts';

/** Streams that the files of one entry have at a time. What is beyond has one together. */
const MOST_STREAMS = 500;

/** A name that nothing was written under for so long makes room for another. */
const FORGET_MS = 3_600_000;

const OTHERS = 'other-files';

/** The streams of an entry whose name has the file in it: bounded, for a glob may match whatever somebody writes. */
export class StreamNames {
  /** By template and path. */
  readonly #names = new Map<string, { readonly name: string; usedAt: number }>();
  readonly #most: number;
  #overflowAt = -Infinity;

  constructor(most = MOST_STREAMS) {
    this.#most = most;
  }

  /** @param now of the monotonic clock. */
  nameOf(template: string, path: string, now: number): string {
    const key = `${template}\n${path}`;
    const known = this.#names.get(key);
    if (known) {
      known.usedAt = now;
      return known.name;
    }
    if (this.#names.size >= this.#most) this.#forgetBefore(now - FORGET_MS);
    if (this.#names.size >= this.#most) {
      this.#overflowAt = now;
      return nameOfFile(template, OTHERS);
    }
    const name = nameOfFile(template, path);
    this.#names.set(key, { name, usedAt: now });
    return name;
  }

  /** What somebody should know; undefined when each file has its stream. */
  trouble(now: number): string | undefined {
    if (now - this.#overflowAt >= FORGET_MS) return undefined;
    return `more than ${this.#most} files are written to: what the others say goes to one stream, with ${OTHERS} for the name of the file`;
  }

  #forgetBefore(border: number): void {
    for (const [key, { usedAt }] of this.#names) if (usedAt < border) this.#names.delete(key);
  }
}
