import { copyFile, readFile, rename, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TailLab } from './tail-lab.ts';

const ACTION = fc.constantFrom('write', 'write', 'write', 'tail', 'tail', 'rotate', 'pack', 'restart');
type Rotation = 'rename' | 'copytruncate';

test('whatever rotation does between looks, every line arrives, and none twice that was acknowledged', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(ACTION, { minLength: 5, maxLength: 40 }),
      fc.constantFrom('a.log', 'a.log*'),
      fc.constantFrom<Rotation>('rename', 'copytruncate'),
      async (actions, include, rotation) => {
        await using lab = await TailLab.open({ include: [include] });
        const writer = new Writer(lab, rotation);
        await writer.act('write');
        await writer.act('tail');
        for (const action of actions) await writer.act(action);
        for (const action of ['write', 'tail', 'tail']) await writer.act(action);
        expect(lab.received.toSorted()).toEqual(writer.written.toSorted());
        expect(lab.lost).toEqual({});
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

/**
 * Rotates as logrotate does. Only content of which something was read is copied and truncated: what is written, copied and truncated
 * all between two looks leaves no trace by which it could be told from a copy of an operator.
 */
class Writer {
  readonly written: string[] = [];
  readonly #lab: TailLab;
  readonly #rotation: Rotation;
  #seconds = 1_700_000_000;
  #packed = 0;
  #isSeen = false;

  constructor(lab: TailLab, rotation: Rotation) {
    this.#lab = lab;
    this.#rotation = rotation;
  }

  async act(action: string): Promise<void> {
    const lab = this.#lab;
    const live = lab.path('a.log');
    if (action === 'write') {
      const lines = Array.from(
        { length: 12 },
        (_, n) => `line ${this.written.length + n} of some log or other`,
      );
      this.written.push(...lines);
      await lab.write('a.log', ...lines);
      await this.#tick(live);
    } else if (action === 'tail') {
      await lab.tail();
      this.#isSeen = ((await readFile(live).catch(() => undefined))?.length ?? 0) > 0;
    } else if (action === 'restart') {
      lab.start(await lab.stop());
    } else if (await exists(live)) {
      if (action === 'rotate' && this.#rotation === 'rename') {
        this.#isSeen = false;
        await this.#shift(() => rename(live, lab.path('a.log.1')));
      } else if (action === 'rotate' && this.#isSeen) {
        this.#isSeen = false;
        await this.#shift(() => copyFile(live, lab.path('a.log.1')));
        await this.#tick(lab.path('a.log.1'));
        await truncate(live);
        await this.#tick(live);
      } else if (action === 'pack' && (await exists(lab.path('a.log.1')))) {
        const packed = lab.path(`a.log.${(this.#packed += 1)}.gz`);
        // As gzip and logrotate do.
        const { atime, mtime } = await stat(lab.path('a.log.1'));
        await writeFile(packed, gzipSync(await readFile(lab.path('a.log.1'))));
        await utimes(packed, atime, mtime);
        await unlink(lab.path('a.log.1'));
      }
    }
  }

  /** File systems stamp times in ticks of milliseconds, and no log is rotated twice within one. */
  async #tick(path: string): Promise<void> {
    this.#seconds += 1;
    await utimes(path, this.#seconds, this.#seconds);
  }

  async #shift(rotate: () => Promise<void>): Promise<void> {
    for (let n = 20; n > 0; n -= 1) {
      await rename(this.#lab.path(`a.log.${n}`), this.#lab.path(`a.log.${n + 1}`)).catch(() => {});
    }
    await rotate();
  }
}

async function exists(path: string): Promise<boolean> {
  return (await readFile(path).catch(() => undefined)) !== undefined;
}
