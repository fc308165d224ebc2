import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { allowed } from '../support/allowed.ts';

export interface Typed {
  readonly code: number;
  /** Both streams, as a reader sees them. */
  readonly output: string;
}

/** A shell in which blocks are typed one after the other: what one exports, starts or leaves behind the next one has. */
export class Terminal {
  readonly #shell: ChildProcess;
  #output = '';
  #typed = 0;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    // In a group of its own: what it started in the background ends with it.
    this.#shell = spawn('bash', ['--norc', '-c', 'exec 2>&1; exec bash --norc -s'], {
      cwd: folder,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    this.#shell.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  /** Resolves when it is over. @throws with what it printed when that takes too long. */
  async type(block: string): Promise<Typed> {
    this.#typed += 1;
    const end = `end-of-block-${this.#typed}`;
    const from = this.#output.length;
    this.#shell.stdin?.write(`${block}\necho "${end} $?"\n`);
    const ended = new RegExp(`${end} (\\d+)\\n`);
    const text = await this.#until((output) => ended.test(output.slice(from)), block);
    const [, code] = ended.exec(text.slice(from)) ?? [];
    return { code: Number(code), output: text.slice(from).replace(ended, '') };
  }

  /** Types what goes on for ever; resolves with what it printed once that is enough. */
  async start(block: string, enough: RegExp): Promise<string> {
    this.#shell.stdin?.write(`${block}\n`);
    return this.#until((output) => enough.test(output), block);
  }

  end(): void {
    const { pid } = this.#shell;
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  }

  async #until(accept: (output: string) => boolean, block: string): Promise<string> {
    const end = performance.now() + allowed(20_000);
    while (performance.now() < end) {
      if (accept(this.#output)) return this.#output;
      await sleep(10);
    }
    throw new Error(`it does not come to an end:\n${block}\n${this.#output}`);
  }
}
