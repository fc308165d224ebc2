import { describe, expect, test } from 'vitest';
import { Checkpointer } from '#agent/logs/base/checkpointer.ts';
import { DescriptorPool } from '#agent/logs/files/descriptor-pool.ts';
import { createFileSource } from '#agent/logs/files/file-source.ts';
import { DEFAULT_FILE_RULES } from '#agent/logs/files/file-rules.ts';
import type { FileSystem } from '#agent/logs/files/file-system.ts';
import { InodeSearch, successorsOf } from '#agent/logs/files/rotated-siblings.ts';
import { WindowPool } from '#agent/logs/files/window-pool.ts';
import { silentLogger } from '#kit/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { KeptCheckpoints } from '../support/shipper-lab.ts';
import { Life } from './life.ts';
import { VirtualDisk } from './virtual-disk.ts';

function host() {
  const clock = new FakeClock();
  const disk = new VirtualDisk(clock, false);
  return { clock, disk, system: disk.seenBy(new Life(1, clock, () => 1, 0)) };
}

describe('what seeds have found', () => {
  test('case 22: a name that is another file’s since the folder was looked through is not opened for it', async () => {
    const { disk, system } = host();
    const wanted = disk.create('/log/a.log.1');
    const inodes = new InodeSearch(system);
    const isIt = ({ inode }: { readonly inode: string }) => inode === String(wanted.number);
    expect((await inodes.find('/log', isIt))?.path).toBe('/log/a.log.1');
    disk.rename('/log/a.log.1', '/log/a.log.2');
    disk.create('/log/a.log.1');
    const open = await inodes.open('/log', isIt);
    expect((await open?.stat())?.inode).toBe(String(wanted.number));
  });

  test('case 31: files that were rotated away after the clock was put back are known by their numbers', () => {
    const siblings = [1, 2, 3, 4].map((number) => ({
      path: `/log/a.log.${number}`,
      stat: {
        device: '1',
        inode: String(number),
        size: 1,
        mtimeMs: number === 3 ? 5_000 : 1_000,
        links: 1,
        kind: 'file' as const,
      },
    }));
    const found = successorsOf(
      siblings,
      { path: '/log/a.log', key: '1:3', mtimeMs: 5_000 },
      (key) => key === '1:3',
    );
    expect(found.map(({ path }) => path)).toEqual(['/log/a.log.1', '/log/a.log.2']);
  });

  test('case 3: files that came and went between two looks are found though the one before them is removed', async () => {
    const { clock, disk, system } = host();
    const lost: string[] = [];
    const source = createFileSource(
      {
        name: 'app',
        destination: { group: 'g', stream: 's' },
        rules: { ...DEFAULT_FILE_RULES, globs: { include: ['/log/*.log'], exclude: [] } },
        lost: (cause) => lost.push(cause),
      },
      // One descriptor, and it is the other file's.
      { system, clock, descriptors: new DescriptorPool(1), windows: new WindowPool() },
    );
    const received: string[] = [];
    const tail = async (): Promise<void> => {
      await clock.advance(1_000);
      for (let events = await source.read(1e6); events.length > 0; events = await source.read(1e6))
        received.push(...events.map(({ message }) => message));
    };
    disk.append(disk.create('/log/a.log'), 'one\n');
    disk.append(disk.create('/log/b.log'), 'other\n');
    await tail();
    disk.rename('/log/a.log', '/log/a.log.2');
    disk.append(disk.create('/log/a.log.1'), 'two\n');
    disk.append(disk.create('/log/a.log'), 'three\n');
    disk.unlink('/log/a.log.2');
    await tail();
    await tail();
    await tail();
    expect(received.toSorted()).toEqual(['one', 'other', 'three', 'two']);
    expect(lost).toEqual([]);
    await source.close();
  });

  test('case 10: a file that is truncated and grows while a start looks whether it is the one is read from its beginning', async () => {
    for (let reads = 0; reads < 4; reads += 1) {
      const { clock, disk, system } = host();
      const file = disk.create('/log/a.log');
      const parts = { clock, descriptors: new DescriptorPool(8), windows: new WindowPool() };
      const options = {
        name: 'app',
        destination: { group: 'g', stream: 's' },
        rules: { ...DEFAULT_FILE_RULES, globs: { include: ['/log/*.log'], exclude: [] } },
      };
      disk.append(file, `${'old '.repeat(100)}\n`);
      const first = createFileSource(options, { ...parts, system });
      const [old] = await first.read(1e6);
      first.acknowledge(old?.end ?? 0);
      const checkpoint = first.checkpoint();
      await first.close();

      let left = reads;
      const rotating: FileSystem = {
        ...system,
        open: async (path) => {
          const open = await system.open(path);
          return (
            open && {
              stat: () => open.stat(),
              close: () => open.close(),
              read: async (buffer, position) => {
                if (left === 0) {
                  disk.truncate(file);
                  disk.append(file, `${'new '.repeat(200)}\n`);
                }
                left -= 1;
                return await open.read(buffer, position);
              },
            }
          );
        },
      };
      const second = createFileSource({ ...options, checkpoint }, { ...parts, system: rotating });
      const received: string[] = [];
      for (let look = 0; look < 5; look += 1) {
        await clock.advance(1_000);
        received.push(...(await second.read(1e6)).map(({ message }) => message));
      }
      expect(received, `after ${reads} reads`).toEqual(['new '.repeat(200)]);
      await second.close();
    }
  });

  test('case 24: an acknowledgement after a while is kept at once, those that follow together', async () => {
    const clock = new FakeClock();
    const port = new KeptCheckpoints();
    const book = new Checkpointer(port, clock, silentLogger, new AbortController().signal);
    await book.load('a');
    book.note('a', () => ({ at: 1 }));
    await clock.advance(0);
    expect(port.kept.get('a')).toEqual({ at: 1 });
    for (let at = 2; at < 10; at += 1) {
      book.note('a', () => ({ at }));
      await clock.advance(50);
    }
    expect(port.saves).toBe(1);
    await clock.advance(1_000);
    expect(port.saves).toBe(2);
    expect(port.kept.get('a')).toEqual({ at: 9 });
  });
});
