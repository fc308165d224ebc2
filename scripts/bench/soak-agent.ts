import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { SandboxInstance } from '#scripts/sandbox/imds/instance.ts';
import { AgentProcess } from '#scripts/sandbox/programs/agent-process.ts';
import { forgetRegister } from './agent-process.ts';

/** A file of the log has so many lines, and so many files are kept: whatever goes wrong is over before the last is deleted. */
const LINES_OF_FILE = 100;
const FILES_KEPT = 12;

export interface SoakSample {
  readonly residentMiB: number;
  readonly descriptors: number;
  /** In the folders of state and runtime. */
  readonly files: number;
}

export interface SoakPlace {
  readonly binary: string;
  readonly instance: SandboxInstance;
  readonly awsUrl: string;
  readonly source: string;
  readonly interval: string;
  /** Holds its disk and its log. */
  readonly base: string;
}

/** A real agent on a disk of its own with an application that logs; it may be killed and started again. */
export class SoakAgent {
  /** Lines that its application has written. */
  lines = 0;
  starts = 0;
  readonly instance: SandboxInstance;
  readonly #place: SoakPlace;
  readonly #log: string;
  #process: AgentProcess;
  /** Whether the end of the process is our doing. */
  #ending = false;
  /** What went wrong with it. */
  readonly problems: string[] = [];
  #version = 0;

  constructor(place: SoakPlace) {
    this.#place = place;
    this.instance = place.instance;
    mkdirSync(join(place.base, 'logs'), { recursive: true });
    this.#log = join(place.base, 'logs', 'app.log');
    this.#process = this.#start();
  }

  /** Kills it, or has it stop, and starts it again on its disk. */
  async restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const code = await this.#end(signal);
    if (signal === 'SIGTERM' && code !== 0) this.#problem(`a stop ended with ${code}`);
    this.#process = this.#start();
  }

  /** A number a line, in order; rotated as logrotate does. */
  write(count: number): void {
    const lines = Array.from(
      { length: count },
      () => `line ${this.lines++} of ${this.instance.instanceId}\n`,
    );
    appendFileSync(this.#log, lines.join(''));
    if (this.lines % LINES_OF_FILE < count) this.#rotate();
  }

  /** Undefined while it starts. */
  sample(): SoakSample | undefined {
    try {
      const { pid } = this.#process;
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
      const files = ['state', 'run'].flatMap((name) =>
        readdirSync(join(this.#place.base, name), { recursive: true, encoding: 'utf8' }),
      );
      return {
        residentMiB: resident,
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
        files: files.length,
      };
    } catch {
      return undefined;
    }
  }

  /** What its descriptors are of, and how many of each. */
  get held(): string {
    const folder = `/proc/${this.#process.pid}/fd`;
    const kinds = new Map<string, number>();
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const kind = targetOf(join(folder, name)).replace(
        /^\w+:\[\d+\]$/,
        (found) => found.split(':')[0] ?? found,
      );
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  }

  /** What it serves; judged against what was `published` so far. Undefined while it serves nothing. */
  async look(published: () => number): Promise<number | undefined> {
    const process = this.#process;
    const properties = await propertiesAt(join(this.#place.base, 'run', 'landfall.sock'));
    if (!properties || process !== this.#process) return undefined;
    const { version, twin, where } = properties;
    const served = Number(version);
    if (version !== twin) this.#problem(`served version ${version} beside ${twin} of another layer`);
    if (where !== this.instance.region) this.#problem(`served ${where} as its region`);
    if (!(served >= this.#version)) this.#problem(`served ${version} after ${this.#version}`);
    if (!(served <= published())) this.#problem(`served ${version}, which was never published`);
    this.#version = served;
    return served;
  }

  async close(): Promise<void> {
    await this.#end('SIGKILL');
    forgetRegister(this.#place.base);
  }

  #start(): AgentProcess {
    const { binary, instance, awsUrl, source, interval, base } = this.#place;
    const env = { LANDFALL_INTERVAL: interval };
    const process = new AgentProcess({
      command: [binary],
      imdsUrl: instance.imdsUrl,
      awsUrl,
      source,
      base,
      env,
    });
    this.starts += 1;
    this.#ending = false;
    // What is kept on the disk may be one release older than what was served last.
    this.#version = 0;
    void this.#watch(process);
    return process;
  }

  async #watch(process: AgentProcess): Promise<void> {
    const code = await process.exited();
    if (!this.#ending) this.#problem(`ended by itself with ${code}:\n${process.stderr.slice(-2000)}`);
  }

  #end(signal: NodeJS.Signals): Promise<number | null> {
    this.#ending = true;
    this.#process.signal(signal);
    return this.#process.exited();
  }

  #problem(text: string): void {
    this.problems.push(`${this.instance.instanceId} ${text}`);
  }

  #rotate(): void {
    rmSync(`${this.#log}.${FILES_KEPT}`, { force: true });
    for (let n = FILES_KEPT - 1; n >= 1; n -= 1)
      if (existsSync(`${this.#log}.${n}`)) renameSync(`${this.#log}.${n}`, `${this.#log}.${n + 1}`);
    renameSync(this.#log, `${this.#log}.1`);
  }
}

/** A descriptor may be closed by now. */
function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return 'closed';
  }
}

function propertiesAt(socketPath: string): Promise<Readonly<Record<string, string>> | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/v1/config', agent: false, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('error', () => resolve(undefined));
      response.once('end', () =>
        resolve(
          response.statusCode === 200
            ? (JSON.parse(body) as { properties: Record<string, string> }).properties
            : undefined,
        ),
      );
    });
    asked.once('timeout', () => asked.destroy()).once('error', () => resolve(undefined));
    asked.end();
  });
}
