import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Landing } from '#config-service';
import type { Checkpoint } from '#agent/logs/base/checkpoints.ts';
import { DescriptorPool } from '#agent/logs/files/descriptor-pool.ts';
import { createFileSource, type FileSource } from '#agent/logs/files/file-source.ts';
import { DEFAULT_FILE_RULES, type FileRules } from '#agent/logs/files/file-rules.ts';
import type { FileSystem } from '#agent/logs/files/file-system.ts';
import { nodeFileSystem } from '#agent/logs/files/node-file-system.ts';
import { WindowPool } from '#agent/logs/files/window-pool.ts';
import type { LogEvent } from '#agent/logs/base/log-event.ts';
import { FakeClock } from '../../support/fake-clock.ts';

export interface LabOptions {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly rules?: Partial<FileRules>;
  readonly mostDescriptors?: number;
  readonly system?: FileSystem;
  readonly landing?: Landing;
}

/** A folder on the real disk, a clock that only the test moves, and a source over both. */
export class TailLab {
  readonly folder: string;
  readonly clock = new FakeClock(Date.now());
  readonly descriptors: DescriptorPool;
  readonly received: string[] = [];
  readonly events: LogEvent[] = [];
  source: FileSource;
  readonly #options: LabOptions;

  constructor(folder: string, options: LabOptions) {
    this.folder = folder;
    this.#options = options;
    this.descriptors = new DescriptorPool(options.mostDescriptors ?? 64);
    this.source = this.#open();
  }

  static async open(options: LabOptions = {}): Promise<TailLab> {
    return new TailLab(await mkdtemp(join(tmpdir(), 'landfall-tail-')), options);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  rules(changes: Partial<FileRules> = {}): FileRules {
    const { include = ['a.log'], exclude = [], rules = {} } = this.#options;
    const absolute = (pattern: string) => (pattern.startsWith('/') ? pattern : this.path(pattern));
    const globs = { include: include.map(absolute), exclude: exclude.map(absolute) };
    return { ...DEFAULT_FILE_RULES, globs, ...rules, ...changes };
  }

  async write(name: string, ...added: readonly string[]): Promise<void> {
    await appendFile(this.path(name), added.map((line) => `${line}\n`).join(''));
  }

  async replace(name: string, ...added: readonly string[]): Promise<void> {
    await writeFile(this.path(name), added.map((line) => `${line}\n`).join(''));
  }

  /** Lets a poll come due, then reads and acknowledges all there is. Returns the new messages. */
  async tail(afterMs = 1_000): Promise<readonly string[]> {
    await this.clock.advance(afterMs);
    const before = this.received.length;
    for (;;) {
      const events = await this.read();
      if (events.length === 0) return this.received.slice(before);
      const end = events.at(-1)?.end;
      if (end !== undefined) this.source.acknowledge(end);
    }
  }

  /** One read, not acknowledged. */
  async read(maxBytes = 1_000_000): Promise<readonly LogEvent[]> {
    const events = await this.source.read(maxBytes);
    this.events.push(...events);
    this.received.push(...events.map(({ message }) => message));
    return events;
  }

  /** What a stopped agent finds again: its checkpoint, through the JSON it is kept as. */
  async stop(): Promise<Checkpoint> {
    const checkpoint = JSON.parse(JSON.stringify(this.source.checkpoint())) as Checkpoint;
    await this.source.close();
    return checkpoint;
  }

  start(checkpoint?: Checkpoint, changes: Partial<FileRules> = {}): void {
    this.source = this.#open(checkpoint, changes);
  }

  get lost(): Readonly<Record<string, number>> {
    return this.source.status().lost;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #open(checkpoint?: Checkpoint, changes: Partial<FileRules> = {}): FileSource {
    return createFileSource(
      {
        name: 'lab',
        destination: { group: 'g', stream: 's' },
        rules: this.rules(changes),
        ...(checkpoint ? { checkpoint } : {}),
      },
      {
        system: this.#options.system ?? nodeFileSystem,
        clock: this.clock,
        descriptors: this.descriptors,
        windows: new WindowPool(),
        landing: this.#options.landing,
      },
    );
  }
}

/** Numbered lines, long enough to tell files apart by a few of them. */
export function lines(from: number, to: number, name = 'line'): string[] {
  return Array.from(
    { length: to - from + 1 },
    (_, index) => `${name} ${from + index} of a log that was written to`,
  );
}
