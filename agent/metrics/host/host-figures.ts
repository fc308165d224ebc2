import type { DiskCounters } from './diskstats.ts';
import { advance, steadySeconds } from './gap.ts';
import type { HostSample, ProcessGroup } from './host-sample.ts';
import type { InterfaceCounters } from './net-dev.ts';
import type { CpuTimes } from './proc-stat.ts';

/** A sample as figures: what two samples together tell is only there when nothing lies between them (gap.ts). */
export interface HostFigures extends Pick<
  HostSample,
  'memory' | 'load' | 'spaces' | 'processes' | 'files' | 'sockets'
> {
  /** Percent of the time of all processors. */
  readonly cpu: CpuTimes | undefined;
  readonly devices: readonly DeviceFigures[];
  readonly interfaces: readonly InterfaceFigures[];
  readonly groups: readonly GroupFigures[];
}

/** How far the counters went in `seconds`. */
export interface DeviceFigures extends DiskCounters {
  readonly seconds: number;
}

export interface InterfaceFigures extends InterfaceCounters {
  readonly seconds: number;
}

export interface GroupFigures extends Pick<ProcessGroup, 'name' | 'threads' | 'residentBytes'> {
  readonly count: number;
  /** Percent of one processor: several busy ones make more than 100. */
  readonly cpuPercent: number | undefined;
}

/** USER_HZ, which no kernel of x86-64 or arm64 has other (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

export function figuresOf(before: HostSample | undefined, now: HostSample, intervalMs: number): HostFigures {
  const { memory, load, spaces, processes, files, sockets } = now;
  const seconds = before && steadySeconds(before, now, intervalMs);
  const rates =
    before === undefined || seconds === undefined
      ? { cpu: undefined, devices: [], interfaces: [] }
      : {
          cpu: before.cpu && now.cpu && shares(before.cpu, now.cpu),
          devices: advances(before.devices, now.devices, ['inProgress'], seconds),
          interfaces: advances(before.interfaces, now.interfaces, [], seconds),
        };
  const groups = now.groups.map((group) => {
    const earlier =
      seconds === undefined ? undefined : before?.groups.find(({ name }) => name === group.name);
    const cpuPercent =
      earlier && seconds && (100 * ticksBetween(earlier, group)) / (TICKS_PER_SECOND * seconds);
    const { name, threads, residentBytes } = group;
    return { name, threads, residentBytes, count: group.cpuTicks.size, cpuPercent };
  });
  return { memory, load, spaces, processes, files, sockets, groups, ...rates };
}

/** Undefined when the counters were reset, or no tick went by. */
function shares(before: CpuTimes, now: CpuTimes): CpuTimes | undefined {
  const names = Object.keys(now) as (keyof CpuTimes)[];
  // "iowait [...] may decrease in certain conditions" (proc_stat(5)), and idle with it: a little back is not a reset.
  const went = names.map((name) => [name, Math.max(0, now[name] - before[name])] as const);
  const total = went.reduce((sum, [, ticks]) => sum + ticks, 0);
  const isReset = sumOf(now) < sumOf(before);
  if (isReset || total === 0) return undefined;
  return Object.fromEntries(
    went.map(([name, ticks]) => [name, (100 * ticks) / total]),
  ) as unknown as CpuTimes;
}

function sumOf(times: CpuTimes): number {
  return Object.values(times).reduce((sum: number, ticks: number) => sum + ticks, 0);
}

/** Those that were there before and whose counters all went on: if one was reset, all were. */
function advances<T extends { readonly name: string }>(
  before: readonly T[],
  now: readonly T[],
  levels: readonly string[],
  seconds: number,
): readonly (T & { readonly seconds: number })[] {
  const earlier = new Map(before.map((one) => [one.name, one as Readonly<Record<string, unknown>>]));
  return now.flatMap((one) => {
    const old = earlier.get(one.name);
    if (!old) return [];
    const went = Object.entries(one).map(([name, value]) => {
      const isCounter = typeof value === 'number' && !levels.includes(name);
      return [name, isCounter ? advance(old[name] as number, value) : value] as const;
    });
    if (went.some(([, value]) => value === undefined)) return [];
    return [{ ...(Object.fromEntries(went) as T), seconds }];
  });
}

function ticksBetween(before: ProcessGroup, now: ProcessGroup): number {
  let sum = 0;
  for (const [id, ticks] of now.cpuTicks) sum += advance(before.cpuTicks.get(id), ticks) ?? 0;
  return sum;
}
