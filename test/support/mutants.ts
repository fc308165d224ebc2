import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { MutantOrder, MutantRun } from './mutant-server.ts';

/** One mechanism that does not work. */
export interface Mutant {
  readonly breaks: string;
  readonly file: string;
  /** Comes once in the file, so that a mutant which no longer fits is renewed rather than forgotten. */
  readonly from: string;
  readonly to: string;
}

/** A copy of the sources in which one thing is broken at a time. */
export class MutantTree implements Disposable {
  readonly #root = process.cwd();
  readonly #tree = mkdtempSync(join(tmpdir(), 'landfall-mutant-'));
  #server: ChildProcess | undefined;
  /** The file of the mutant before, which is whole again. */
  #mended: string | undefined;

  constructor() {
    for (const name of COPIED) cpSync(join(this.#root, name), join(this.#tree, name), { recursive: true });
    writeFileSync(join(this.#tree, 'vitest.config.ts'), `export default ${JSON.stringify(CONFIG)};\n`);
    symlinkSync(join(this.#root, 'node_modules'), join(this.#tree, 'node_modules'));
  }

  /** @param args what vitest is to run: filters of files, and `-t` with a pattern of names behind them. */
  async run({ file, from, to }: Mutant, args: readonly string[]): Promise<MutantRun> {
    const path = join(this.#tree, file);
    const source = readFileSync(path, 'utf8');
    expect(source.split(from), `the mutant no longer fits ${file}`).toHaveLength(2);
    writeFileSync(
      path,
      source.replace(from, () => to),
    );
    try {
      return await this.#vitest([path], args);
    } finally {
      writeFileSync(path, source);
      this.#mended = path;
    }
  }

  /** With nothing broken: what is still red then was red for another reason. */
  intact(args: readonly string[]): Promise<MutantRun> {
    return this.#vitest([], args);
  }

  [Symbol.dispose](): void {
    this.#server?.kill();
    rmSync(this.#tree, { recursive: true, force: true });
  }

  #vitest(broken: readonly string[], args: readonly string[]): Promise<MutantRun> {
    const files = args.filter((_, at) => !isOfName(args, at));
    const name = args.find((_, at) => args[at - 1] === '-t');
    const changed = this.#mended === undefined ? broken : [...broken, this.#mended];
    return this.#order({ changed, files, ...(name === undefined ? {} : { name }) });
  }

  async #order(order: MutantOrder): Promise<MutantRun> {
    this.#server ??= await this.#start();
    const server = this.#server;
    const gone = new AbortController();
    const answered = once(server, 'message', { signal: gone.signal });
    const ended = once(server, 'exit', { signal: gone.signal }).then(() => {
      throw new Error('the vitest of the mutants has ended');
    });
    server.send(order);
    try {
      const [run] = (await Promise.race([answered, ended])) as [MutantRun];
      return run;
    } finally {
      gone.abort();
      ended.catch(() => {});
    }
  }

  async #start(): Promise<ChildProcess> {
    const server = fork(join(this.#tree, 'test/support/mutant-server.ts'), {
      cwd: this.#tree,
      stdio: 'ignore',
    });
    await once(server, 'message');
    return server;
  }
}

function isOfName(args: readonly string[], at: number): boolean {
  return args[at] === '-t' || args[at - 1] === '-t';
}

const COPIED = ['agent', 'config-service', 'scripts', 'test', 'package.json'] as const;

const CONFIG = {
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/no-outside.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'threads',
    maxWorkers: 1,
  },
};
