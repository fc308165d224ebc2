import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessCounts, ProcessGroup } from './host-sample.ts';
import { parseProcessStat, type ProcessStat } from './process-stat.ts';

export interface ProcessReading {
  readonly counts: ProcessCounts;
  readonly groups: readonly ProcessGroup[];
}

/** Whether a command line is one of a group's. */
export type Matches = (commandLine: string) => boolean;

/** x86-64, and arm64 as the AMIs of Amazon, Canonical, Debian, Red Hat and SUSE are built. */
const PAGE_BYTES = 4096;

/** A host with more is counted up to here. */
const MAX_PROCESSES = 20_000;
const MAX_COMMAND_CHARS = 4_096;

/** Walks `/proc`; processes that end meanwhile are left out. Command lines are read only when there are patterns. */
export async function readProcesses(
  root: string,
  patterns: ReadonlyMap<string, Matches>,
): Promise<ProcessReading> {
  const folder = join(root, 'proc');
  const pids = (await readdir(folder)).filter((name) => /^\d+$/.test(name)).slice(0, MAX_PROCESSES);
  const states = new Map<string, number>();
  const groups = [...patterns].map(([name, matches]) => ({
    name,
    matches,
    threads: 0,
    residentBytes: 0,
    cpuTicks: new Map<string, number>(),
  }));
  let total = 0;
  let threads = 0;
  for (const pid of pids) {
    const stat = parseProcessStat(await textOf(join(folder, pid, 'stat')));
    if (!stat) continue;
    total += 1;
    threads += stat.threads;
    states.set(stat.state, (states.get(stat.state) ?? 0) + 1);
    if (groups.length === 0) continue;
    const command = commandLineOf(stat, await textOf(join(folder, pid, 'cmdline')));
    for (const group of groups) {
      if (!group.matches(command)) continue;
      group.threads += stat.threads;
      group.residentBytes += stat.residentPages * PAGE_BYTES;
      group.cpuTicks.set(`${pid}@${stat.startedAt}`, stat.cpuTicks);
    }
  }
  return { counts: { total, threads, states }, groups };
}

/** Kernel threads and zombies have none: then the name in brackets, as ps(1) shows them. */
function commandLineOf(stat: ProcessStat, raw: string): string {
  const line = raw.slice(0, MAX_COMMAND_CHARS).replaceAll('\0', ' ').trim();
  return line === '' ? `[${stat.name}]` : line;
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
