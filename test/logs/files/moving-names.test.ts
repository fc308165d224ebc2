import { renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import type { FileSystem } from '#agent/logs/files/file-system.ts';
import { nodeFileSystem } from '#agent/logs/files/node-file-system.ts';
import { lines, TailLab } from './tail-lab.ts';

/** Looks at names in the order the test says, and lets it rotate behind the look at one of them. */
class RestlessFolder implements FileSystem {
  order: (a: string, b: string) => number = () => 0;
  readonly #behind = new Map<string, () => void>();

  /** Once. */
  behindLookAt(name: string, work: () => void): void {
    this.#behind.set(name, work);
  }

  async list(folder: string) {
    const entries = await nodeFileSystem.list(folder);
    return entries.toSorted((a, b) => this.order(a.name, b.name));
  }

  open(path: string) {
    return nodeFileSystem.open(path);
  }

  watch(folder: string, changed: () => void) {
    return nodeFileSystem.watch(folder, changed);
  }

  async stat(path: string) {
    const stat = await nodeFileSystem.stat(path);
    const work = this.#behind.get(basename(path));
    this.#behind.delete(basename(path));
    work?.();
    return stat;
  }
}

const ORDERS = [
  ['the lowest number', (a: string, b: string) => a.localeCompare(b)],
  ['the highest number', (a: string, b: string) => b.localeCompare(a)],
] as const;

for (const [first, order] of ORDERS) {
  for (const name of ['a.log.1', 'a.log.2', 'a.log.3', 'a.log.4']) {
    test(`case 3: names move on behind the look at ${name}, ${first} first: each file is read, and once`, async () => {
      const system = new RestlessFolder();
      await using lab = await TailLab.open({ system });
      system.order = order;
      let written = 0;
      const write = (count: number): void => {
        const text = lines(written + 1, written + count).map((line) => `${line}\n`);
        writeFileSync(lab.path('a.log'), text.join(''), { flag: 'a' });
        written += count;
      };
      const rotate = (): void => {
        for (let number = 8; number > 0; number -= 1) {
          try {
            renameSync(lab.path(`a.log.${number}`), lab.path(`a.log.${number + 1}`));
          } catch {
            // Not as many yet.
          }
        }
        renameSync(lab.path('a.log'), lab.path('a.log.1'));
        write(5);
      };
      write(5);
      await lab.tail();
      for (let turn = 0; turn < 4; turn += 1) rotate();
      system.behindLookAt(name, rotate);
      await lab.tail();
      await lab.tail();
      write(1);
      await lab.tail();
      expect(lab.received).toEqual(lines(1, written));
    });
  }
}
