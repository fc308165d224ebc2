import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

/** One mechanism that does not work. */
export interface Mutant {
  readonly breaks: string;
  readonly file: string;
  /** Comes once in the file, so that a mutant which no longer fits is renewed rather than forgotten. */
  readonly from: string;
  readonly to: string;
}

export interface Run {
  readonly green: boolean;
  readonly output: string;
}

/** A copy of the sources in which one thing is broken at a time. */
export class MutantTree implements Disposable {
  readonly #root = process.cwd();
  readonly #tree = mkdtempSync(join(tmpdir(), 'landfall-mutant-'));

  constructor() {
    for (const name of COPIED) cpSync(join(this.#root, name), join(this.#tree, name), { recursive: true });
    symlinkSync(join(this.#root, 'node_modules'), join(this.#tree, 'node_modules'));
  }

  /** @param args what vitest is to run. */
  async run({ file, from, to }: Mutant, args: readonly string[]): Promise<Run> {
    const path = join(this.#tree, file);
    const source = readFileSync(path, 'utf8');
    expect(source.split(from), `the mutant no longer fits ${file}`).toHaveLength(2);
    writeFileSync(
      path,
      source.replace(from, () => to),
    );
    try {
      return await this.#vitest(args);
    } finally {
      writeFileSync(path, source);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#tree, { recursive: true, force: true });
  }

  #vitest(args: readonly string[]): Promise<Run> {
    return new Promise((resolve) => {
      const vitest = join(this.#root, 'node_modules/.bin/vitest');
      execFile(vitest, ['run', '--bail=1', ...args], { cwd: this.#tree }, (error, stdout, stderr) => {
        resolve({ green: error === null, output: stdout + stderr });
      });
    });
  }
}

const COPIED = ['agent', 'config-service', 'scripts', 'test', 'package.json', 'vitest.config.ts'] as const;
