import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How to run the agent, such as `['dist/landfall']` or `['node', 'agent/main.ts']`. */
export type AgentCommand = readonly [program: string, ...args: string[]];

export interface AgentProcessOptions {
  readonly command: AgentCommand;
  readonly imdsUrl: string;
  readonly awsUrl: string;
  readonly source: string;
  /** Default `run`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Holds state, run and home; a fresh temporary folder by default. */
  readonly base?: string;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An agent as a child process with an environment of its own: nothing of the caller's leaks in. */
export class AgentProcess {
  readonly base: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the process has written to stderr so far. */
  stderr = '';
  readonly #command: AgentCommand;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  readonly #finished: Promise<Finished>;

  constructor(options: AgentProcessOptions) {
    this.base = options.base ?? mkdtempSync(join(tmpdir(), 'landfall-agent-'));
    for (const folder of ['state', 'run', 'home']) mkdirSync(join(this.base, folder), { recursive: true });
    this.#command = options.command;
    this.env = {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: join(this.base, 'home'),
      AWS_EC2_METADATA_SERVICE_ENDPOINT: options.imdsUrl,
      AWS_ENDPOINT_URL: options.awsUrl,
      LANDFALL_SOURCE: options.source,
      LANDFALL_INTERVAL: '1s',
      LANDFALL_LISTEN: '127.0.0.1:0',
      LANDFALL_STATE_DIR: join(this.base, 'state'),
      LANDFALL_RUN_DIR: join(this.base, 'run'),
      LANDFALL_LOG_FORMAT: 'json',
      ...options.env,
    };
    this.#child = this.#spawn(options.args ?? ['run']);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#finished = finished(this.#child);
    this.#exit = new Promise((resolve) => {
      this.#child.on('exit', (code) => resolve(code));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Runs one command line against this agent, to its end. */
  cli(...args: string[]): Promise<Finished> {
    return finished(this.#spawn(args));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  exited(): Promise<number | null> {
    return this.#exit;
  }

  /** The exit and all that was printed; later than `exited` when something else still holds its output open. */
  finished(): Promise<Finished> {
    return this.#finished;
  }

  /** SIGTERM and the exit code. */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#exit;
  }

  #spawn(args: readonly string[]): ChildProcess {
    const [program, ...before] = this.#command;
    return spawn(program, [...before, ...args], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

function finished(child: ChildProcess): Promise<Finished> {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }));
  });
}
