import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { gzipSync } from 'node:zlib';
import { lineOf } from './seeded-line.ts';

/** As many as any scenario makes: what falls off the end of a rotation is lost to every shipper. */
const KEPT = 64;

/** The log of an application that numbers its lines and holds its file open, and what logrotate does to it. */
export class LogFile {
  /** Lines so far. */
  count = 0;
  readonly path: string;
  readonly #seed: number;
  /** The first line of each file that had the name. */
  readonly #firsts = [0];
  #descriptor: number;

  constructor(path: string, seed: number) {
    this.path = path;
    this.#seed = seed;
    this.#descriptor = openSync(path, 'a');
  }

  /** Whole lines, in one write. */
  write(lines: number): void {
    let text = '';
    const end = this.count + lines;
    for (; this.count < end; this.count += 1) text += `${lineOf(this.#seed, this.count)}\n`;
    writeSync(this.#descriptor, text);
  }

  /** Which of the files that had the name this line was written into; what was truncated is another file. */
  fileOf(line: number): number {
    return this.#firsts.findLastIndex((first) => first <= line);
  }

  /** logrotate's `create`: the file becomes `.1`, and the application opens a new one. */
  rename(): void {
    this.#makeRoom();
    renameSync(this.path, `${this.path}.1`);
    this.#reopen();
  }

  /** logrotate's `copytruncate`, at an instant at which nobody writes: of itself it loses nothing. */
  copyTruncate(): void {
    this.#makeRoom();
    copyFileSync(this.path, `${this.path}.1`);
    this.truncate();
  }

  /** logrotate's `compress`: `.1` becomes `.1.gz`. */
  compress(): void {
    writeFileSync(`${this.path}.1.gz`, gzipSync(readFileSync(`${this.path}.1`)));
    rmSync(`${this.path}.1`);
  }

  /** The name goes, and the application opens a new file. */
  delete(): void {
    rmSync(this.path);
    this.#reopen();
  }

  truncate(): void {
    ftruncateSync(this.#descriptor, 0);
    this.#firsts.push(this.count);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #reopen(): void {
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.path, 'a');
    this.#firsts.push(this.count);
  }

  /** Each rotated file takes the next number. */
  #makeRoom(): void {
    for (let number = KEPT - 1; number > 0; number -= 1) {
      for (const packed of ['', '.gz']) {
        const from = `${this.path}.${number}${packed}`;
        if (existsSync(from)) renameSync(from, `${this.path}.${number + 1}${packed}`);
      }
    }
  }
}
