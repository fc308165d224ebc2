import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HostRoots, RunTool, ToolResult } from '#agent/claims/base/claims-host.ts';

/**
 * The side of the kernel, below a folder of its own: NVMe devices with serial numbers whose nodes are plain files, which
 * the real blkid and mkfs take, and a mount table that only `mount` writes.
 */
export interface VolumeHost {
  readonly folder: string;
  readonly roots: HostRoots;
  readonly run: RunTool;
  /** The tools that were run, by name. */
  readonly ran: string[];
  /** As the driver shows it; returns the node. `target`: a device that is really there. */
  readonly addDevice: (
    volumeId: string,
    options?: { readonly target?: string; readonly number?: string },
  ) => string;
}

export const DEVICE_BYTES = 16 * 1024 * 1024;

export function volumeHost(): VolumeHost {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-claims-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = (...parts: string[]): string => join(folder, ...parts);
  for (const name of ['sys/block', 'dev', 'proc/self', 'run']) mkdirSync(at(name), { recursive: true });
  const table = at('proc/self/mountinfo');
  writeFileSync(table, '22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n');
  const ran: string[] = [];
  let devices = 0;

  return {
    folder,
    roots: { sys: at('sys'), dev: at('dev'), proc: at('proc'), run: at('run') },
    ran,
    addDevice(volumeId, { target, number = `259:${10 + devices}` } = {}) {
      devices += 1;
      const name = `nvme${devices}n1`;
      mkdirSync(at('sys/block', name, 'device'), { recursive: true });
      // As the kernel pads it.
      writeFileSync(at('sys/block', name, 'device/serial'), `${volumeId.replace('-', '')}  \n`);
      writeFileSync(at('sys/block', name, 'dev'), `${number}\n`);
      writeFileSync(at('sys/block', name, 'size'), `${DEVICE_BYTES / 512}\n`);
      if (target === undefined) {
        writeFileSync(at('dev', name), '');
        truncateSync(at('dev', name), DEVICE_BYTES);
      } else symlinkSync(target, at('dev', name));
      return at('dev', name);
    },
    async run({ argv }) {
      const [tool] = argv;
      ran.push(tool);
      if (tool !== 'mount') return execute(argv);
      const [source = '', path = ''] = argv.slice(-2);
      for (const name of readdirSync(at('dev'))) {
        if ((await uuidOf(at('dev', name))) !== source.replace('UUID=', '')) continue;
        const number = readFileSync(at('sys/block', name, 'dev'), 'utf8').trim();
        writeFileSync(
          table,
          `30 22 ${number} / ${path.replaceAll(' ', '\\040')} rw - ext4 ${at('dev', name)} rw\n`,
          { flag: 'a' },
        );
        return { end: { kind: 'exited', code: 0 }, tail: '' };
      }
      return { end: { kind: 'exited', code: 1 }, tail: `mount: ${path}: can't find ${source}.\n` };
    },
  };
}

async function uuidOf(node: string): Promise<string> {
  return (await execute(['blkid', '-p', '-s', 'UUID', '-o', 'value', node])).tail.trim();
}

/** Really, with its own words. */
export async function execute(argv: readonly [string, ...string[]]): Promise<ToolResult> {
  const [tool, ...args] = argv;
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile(tool, args, { env }, (error, stdout, stderr) => {
      const tail = stdout + stderr;
      if (error && typeof error.code !== 'number') {
        resolve({ end: { kind: 'unstarted', reason: String(error.code) }, tail });
      } else resolve({ end: { kind: 'exited', code: Number(error?.code ?? 0) }, tail });
    });
  });
}
