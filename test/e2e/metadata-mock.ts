import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { ask } from '../support/raw-http.ts';
import { until } from './departing-site.ts';

/** What it is configured with instead of its defaults, as configuration.md of its documentation has it. */
export type MockConfig = Readonly<Record<string, unknown>>;

/** Longer than any test: what is delayed by it does not happen. */
const NEVER = '86400';
const DELAYS = ['--mock-delay-sec', '--rebalance-delay-sec', '--asg-termination-delay-sec'];

/** AWS's own mock of the metadata service, on one port of loopback, with tokens required (IMDSv2). */
export class MetadataMock implements AsyncDisposable {
  readonly #program: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'landfall-metadata-mock-'));
  readonly #port: number;
  #child: ChildProcess | undefined;

  /** @param folder of the program, which starts with nothing to announce. */
  static async start(folder: string, config: MockConfig): Promise<MetadataMock> {
    const mock = new MetadataMock(join(folder, 'ec2-metadata-mock'), await freePort());
    writeFileSync(mock.#config, JSON.stringify(config));
    await mock.says(...DELAYS.flatMap((delay) => [delay, NEVER]));
    return mock;
  }

  private constructor(program: string, port: number) {
    this.#program = program;
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it anew with another command, such as `spot --action stop`; without one it announces all it knows. */
  async says(...command: readonly string[]): Promise<void> {
    await this.#stop();
    const common = ['--hostname', '127.0.0.1', '--port', String(this.#port), '--imdsv2'];
    const child = spawn(this.#program, [...command, ...common, '--config-file', this.#config], {
      env: { HOME: this.#folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
    let isUp = false;
    const knock = (): void => {
      if (child.exitCode !== null) throw new Error(`the mock ended with ${child.exitCode}: ${said}`);
      void ask({ host: '127.0.0.1', port: this.#port }, { path: '/latest/meta-data' }).then(
        ({ status }) => (isUp = status === 401),
        () => {},
      );
    };
    await until(
      () => (isUp ? true : (knock(), false)),
      () => said,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #config(): string {
    return join(this.#folder, 'config.json');
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
