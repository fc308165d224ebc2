import type { Random } from '#kit/clock.ts';
import type { Scenario } from './scenario.ts';
import type { Inode, VirtualDisk } from './virtual-disk.ts';

/** What stood in one file from its first byte to its truncation or its end: within it, order is owed. */
export interface Content {
  readonly lines: string[];
}

/** A program that logs into one path, and the logrotate that comes by. */
export class LogWriter {
  readonly path: string;
  readonly contents: Content[] = [];
  readonly #disk: VirtualDisk;
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #held = new Map<Inode, Content>();
  #inode: Inode;
  #count = 0;
  #half = '';

  constructor(path: string, disk: VirtualDisk, scenario: Scenario, random: Random) {
    this.path = path;
    this.#disk = disk;
    this.#scenario = scenario;
    this.#random = random;
    this.#inode = this.#begin();
  }

  get isInLine(): boolean {
    return this.#half !== '';
  }

  get #content(): Content {
    return this.#contentOf(this.#inode);
  }

  write(count: number): void {
    this.complete();
    const { filters, poisons } = this.#scenario;
    const lines = Array.from({ length: count }, () => {
      const mark = this.#random();
      if (filters && mark < 0.1) return this.#next('noise');
      return poisons && mark > 0.99 ? this.#next('poison') : this.#next('line');
    });
    // The last one is sure to arrive: who waits for it has all.
    lines.push(this.#next('line'));
    this.#content.lines.push(...lines);
    this.#disk.append(this.#inode, lines.map((line) => `${line}\n`).join(''));
  }

  /** Half a line; `complete` writes the rest. */
  begin(): void {
    this.complete();
    const line = this.#next('line');
    const half = 1 + Math.floor(this.#random() * (line.length - 1));
    this.#content.lines.push(line);
    this.#half = `${line.slice(half)}\n`;
    this.#disk.append(this.#inode, line.slice(0, half));
  }

  complete(): void {
    if (this.#half !== '') this.#disk.append(this.#inode, this.#half);
    this.#half = '';
  }

  /** From now on into the file that bears the path. */
  reopen(): void {
    this.complete();
    this.#inode = this.#disk.at(this.path) ?? this.#begin();
  }

  renameAway(): void {
    this.complete();
    if (!this.#disk.at(this.path)) return;
    this.#shift();
    this.#disk.rename(this.path, `${this.path}.1`);
    if (this.#scenario.createsAtOnce) this.#begin();
    if (!this.#scenario.isStale) this.#reopenLater();
  }

  deleteAndBegin(): void {
    this.complete();
    this.#disk.unlink(this.path);
    this.#inode = this.#begin();
  }

  copy(): void {
    this.complete();
    this.#shift();
    this.#disk.copy(this.path, `${this.path}.1`);
  }

  truncate(): void {
    const content = { lines: [] };
    this.#disk.truncate(this.#inode);
    this.#held.set(this.#inode, content);
    this.contents.push(content);
  }

  /** How many of what stands in the file now are `settled`, and whether all are. */
  progress(settled: (line: string) => boolean): { readonly done: number; readonly isAll: boolean } {
    const { lines } = this.#content;
    const done = lines.filter((line) => settled(line)).length;
    // Lines of two streams do not arrive in the order of the file: the last one says nothing of those before it.
    return { done, isAll: done > 0 && lines.every((line) => isNoise(line) || settled(line)) };
  }

  /** Removes rotated files beyond those that are kept and of which everything is settled. */
  prune(settled: (line: string) => boolean): void {
    for (let n = MOST_ROTATIONS; n > this.#scenario.keep; n -= 1) {
      const inode = this.#disk.at(`${this.path}.${n}`);
      const lines = (inode && this.#held.get(inode)?.lines) ?? [];
      const isSettled = lines.length > 0 && lines.every((line) => isNoise(line) || settled(line));
      if (inode && inode !== this.#inode && isSettled) this.#disk.unlink(`${this.path}.${n}`);
    }
  }

  #reopenLater(): void {
    const there = this.#disk.at(this.path);
    // Nobody who has no file yet writes into the old one.
    this.#inode = there ?? this.#begin();
  }

  #shift(): void {
    for (let n = MOST_ROTATIONS; n > 0; n -= 1)
      this.#disk.rename(`${this.path}.${n}`, `${this.path}.${n + 1}`);
  }

  #begin(): Inode {
    const inode = this.#disk.create(this.path);
    this.#contentOf(inode);
    return inode;
  }

  #contentOf(inode: Inode): Content {
    const known = this.#held.get(inode);
    if (known) return known;
    const content = { lines: [] };
    this.#held.set(inode, content);
    this.contents.push(content);
    return content;
  }

  #next(kind: string): string {
    this.#count += 1;
    const padding = '.'.repeat(Math.floor(this.#random() ** 4 * 300));
    return `${kind} ${this.path} ${this.#count} ${padding}`.trimEnd();
  }
}

const MOST_ROTATIONS = 60;

/** Filtered where a scenario filters, so that it may never arrive. */
export function isNoise(line: string): boolean {
  return line.startsWith('noise');
}
