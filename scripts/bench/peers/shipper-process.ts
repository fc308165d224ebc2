import { spawn, type ChildProcess } from 'node:child_process';
import type { Lane } from './peer.ts';

/** As systemd waits (DefaultTimeoutStopSec), before it kills. */
const STOP_MS = 90_000;
/** Of what it prints, for whoever has to find out why it ended. */
const KEPT_CHARS = 4000;

/** One shipper that is started again and again. It ends with `disposed`, whatever happens. */
export class ShipperProcess {
  readonly #lane: Pick<Lane, 'command' | 'env'>;
  #child: ChildProcess | undefined;
  #exit: Promise<void> = Promise.resolve();
  #said = '';

  constructor(lane: Pick<Lane, 'command' | 'env'>) {
    this.#lane = lane;
  }

  /** Returns as soon as it is started: nobody waits for a shipper to be ready before writing a log. */
  start(): void {
    const [program, ...args] = this.#lane.command;
    const child = spawn(program, args, { env: this.#lane.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-KEPT_CHARS);
      });
    }
    this.#exit = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    this.#child = child;
  }

  /** SIGTERM, and SIGKILL for what does not go. @throws when it had ended by itself. */
  async stop(): Promise<void> {
    const late = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_MS);
    await this.#end('SIGTERM');
    clearTimeout(late);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exit;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child?.kill(signal) !== true)
      throw new Error(`${this.#lane.command[0]} does not run:\n${this.#said}`);
    await this.#exit;
    this.#child = undefined;
  }
}
