import type { DiskCounters } from './diskstats.ts';
import type { Memory } from './meminfo.ts';
import type { Mount } from './mounts.ts';
import type { InterfaceCounters } from './net-dev.ts';
import type { CpuTimes } from './proc-stat.ts';
import type { TcpState } from './tcp-states.ts';

/** What was read from the host at one moment; undefined is not collected, or could not be read. */
export interface HostSample {
  /** Wall-clock time, in epoch milliseconds. */
  readonly at: number;
  readonly monotonicMs: number;
  /** Another one after each start of the kernel; undefined when unreadable. */
  readonly bootId: string | undefined;
  readonly cpu: CpuTimes | undefined;
  readonly memory: Memory | undefined;
  readonly load: readonly [one: number, five: number, fifteen: number] | undefined;
  readonly spaces: readonly DiskSpace[];
  /** Of the plan: mounts that are not there now, and patterns that match none. */
  readonly mountsNotThere?: readonly string[];
  readonly devices: readonly DiskCounters[];
  readonly interfaces: readonly InterfaceCounters[];
  readonly processes: ProcessCounts | undefined;
  readonly groups: readonly ProcessGroup[];
  readonly files: { readonly open: number; readonly max: number } | undefined;
  readonly sockets: { readonly tcp: ReadonlyMap<TcpState, number>; readonly udp: number } | undefined;
}

/** Bytes. `used` and `available` do not add up to `total`: some is kept for root. */
export interface DiskSpace {
  readonly mount: Mount;
  readonly total: number;
  readonly used: number;
  readonly free: number;
  readonly available: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

export interface ProcessCounts {
  readonly total: number;
  readonly threads: number;
  /** By the letter of proc_pid_stat(5). */
  readonly states: ReadonlyMap<string, number>;
}

/** Processes that one pattern of the plan matches. */
export interface ProcessGroup {
  readonly name: string;
  readonly threads: number;
  readonly residentBytes: number;
  /** Ticks of each, by pid and start: a process that ended takes its own away. */
  readonly cpuTicks: ReadonlyMap<string, number>;
}
