import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Records are small; one that is larger is left out, and counted. */
const MOST_LINE_BYTES = 4 * 1024 * 1024;

/** What is kept of stderr, for people. */
const MOST_COMPLAINT_CHARS = 400;

const LINE_FEED = 0x0a;

/** Not the agent's: it must not decide which journalctl this is, or how it prints. */
export const JOURNAL_ENVIRONMENT = { LC_ALL: 'C.UTF-8', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } as const;

/** A running journalctl. It is read only as fast as it is asked: the pipe holds it back. */
export class JournalChild {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #onTooLong: () => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #skipping = false;
  #complaint = '';
  #exited = false;
  #waiting: (() => void)[] = [];
  readonly exit: Promise<void>;

  constructor(command: string, args: readonly string[], onTooLong: () => void) {
    this.#onTooLong = onTooLong;
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: JOURNAL_ENVIRONMENT });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(0, MOST_COMPLAINT_CHARS);
    });
    this.exit = new Promise((resolve) => {
      const end = (error?: Error): void => {
        if (error) this.#complaint ||= error.message;
        this.#exited = true;
        resolve();
      };
      this.#child.on('error', end).on('close', () => end());
    });
    this.#child.stdout.on('readable', () => {
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** It has ended, and everything it printed was read. */
  get isOver(): boolean {
    return this.#exited;
  }

  get complaint(): string {
    return this.#complaint.trim();
  }

  /** Complete lines that are there, up to about `maxBytes`. */
  lines(maxBytes: number): readonly string[] {
    const lines: string[] = [];
    for (let taken = 0; taken < maxBytes;) {
      const chunk = this.#child.stdout.read() as Buffer | null;
      if (chunk === null) break;
      taken += chunk.length;
      this.#cut(chunk, lines);
    }
    return lines;
  }

  /** Resolves when there may be something to read, or nothing will come any more. */
  change(): Promise<void> {
    return Promise.race([this.exit, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    this.#child.stdout.destroy();
    await this.exit;
  }

  #cut(chunk: Buffer, lines: string[]): void {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      this.#keep(chunk.subarray(from, end));
      if (this.#skipping) this.#onTooLong();
      else lines.push(Buffer.concat(this.#pieces).toString('utf8'));
      this.#pieces = [];
      this.#bytes = 0;
      this.#skipping = false;
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > MOST_LINE_BYTES) {
      this.#skipping = true;
      this.#pieces = [];
    }
    if (!this.#skipping && piece.length > 0) this.#pieces.push(piece);
  }
}
