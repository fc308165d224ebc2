import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, 'libc-shim.c');

/** Why nothing can be put before libc here, or undefined. Tests that need it skip, and say this. */
export const UNSHIMMABLE: string | undefined =
  spawnSync('cc', ['--version']).status === 0 ? undefined : 'there is no C compiler (cc)';

/** What goes wrong in the process, from now on. */
export interface Wrong {
  /** Of every fsync; 5 is EIO, 0 none. */
  readonly fsyncErrno?: number;
  /** How far the wall clock is off; whole seconds. The monotonic clock is right. */
  readonly clockOffsetMs?: number;
}

/** `LD_PRELOAD` for a child process. There is no other way to a failing fsync without a device of one's own. */
export class LibcShim implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'landfall-shim-'));
  readonly #order = join(this.#folder, 'order');
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    const library = join(this.#folder, 'shim.so');
    const built = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'], {
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(built.stderr);
    writeFileSync(this.#order, Buffer.alloc(16));
    this.env = { LD_PRELOAD: library, LANDFALL_SHIM: this.#order };
  }

  set({ fsyncErrno = 0, clockOffsetMs = 0 }: Wrong): void {
    const order = Buffer.alloc(16);
    order.writeInt32LE(fsyncErrno, 0);
    order.writeBigInt64LE(BigInt(clockOffsetMs), 8);
    // In place: the process has this very file mapped.
    writeFileSync(this.#order, order, { flag: 'r+' });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
