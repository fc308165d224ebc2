import type { HostFigures } from '../host/host-figures.ts';
import type { Collection } from '../base/metrics-settings.ts';
import { measuring, percentOf, type Measurement } from './measurement.ts';

/** Our own names. What is a counter in the kernel is told per second; sizes are bytes. docs/metrics.md lists them. */
export function defaultMeasurements(
  figures: HostFigures,
  collect: ReadonlySet<Collection>,
): readonly Measurement[] {
  return [
    ...cpuOf(figures),
    ...memoryOf(figures, collect),
    ...spacesOf(figures),
    ...devicesOf(figures),
    ...interfacesOf(figures),
    ...processesOf(figures),
    ...socketsOf(figures),
  ];
}

function cpuOf({ cpu, load }: HostFigures): readonly Measurement[] {
  const put = measuring();
  return [
    ...(cpu
      ? [
          put('CPUUtilization', 'Percent', 100 - cpu.idle - cpu.iowait),
          put('CPUUser', 'Percent', cpu.user + cpu.nice),
          put('CPUSystem', 'Percent', cpu.system + cpu.irq + cpu.softirq),
          put('CPUIOWait', 'Percent', cpu.iowait),
          put('CPUSteal', 'Percent', cpu.steal),
        ]
      : []),
    ...(load
      ? [put('Load1', 'None', load[0]), put('Load5', 'None', load[1]), put('Load15', 'None', load[2])]
      : []),
  ];
}

function memoryOf({ memory }: HostFigures, collect: ReadonlySet<Collection>): readonly Measurement[] {
  if (!memory) return [];
  const put = measuring();
  const swapUsed = memory.swapTotal - memory.swapFree;
  return [
    ...(collect.has('memory')
      ? [
          put('MemoryUtilization', 'Percent', percentOf(memory.total - memory.available, memory.total)),
          put('MemoryAvailable', 'Bytes', memory.available),
        ]
      : []),
    ...(collect.has('swap')
      ? [
          put('SwapUtilization', 'Percent', percentOf(swapUsed, memory.swapTotal)),
          put('SwapUsed', 'Bytes', swapUsed),
        ]
      : []),
  ];
}

function spacesOf({ spaces }: HostFigures): readonly Measurement[] {
  return spaces.flatMap(({ mount, used, available, inodes, inodesFree }) => {
    const put = measuring(['Path', mount.path]);
    return [
      put('DiskUtilization', 'Percent', percentOf(used, used + available)),
      put('DiskAvailable', 'Bytes', available),
      // Btrfs and others make inodes as they need them, and say 0.
      ...(inodes > 0 ? [put('DiskInodeUtilization', 'Percent', percentOf(inodes - inodesFree, inodes))] : []),
    ];
  });
}

function devicesOf({ devices }: HostFigures): readonly Measurement[] {
  return devices.flatMap(({ name, seconds, ...went }) => {
    const put = measuring(['Device', name]);
    return [
      put('DiskReadBytes', 'Bytes/Second', went.readBytes / seconds),
      put('DiskWriteBytes', 'Bytes/Second', went.writeBytes / seconds),
      put('DiskReads', 'Count/Second', went.reads / seconds),
      put('DiskWrites', 'Count/Second', went.writes / seconds),
      put('DiskBusy', 'Percent', Math.min(100, went.busyTime / (10 * seconds))),
    ];
  });
}

function interfacesOf({ interfaces }: HostFigures): readonly Measurement[] {
  return interfaces.flatMap(({ name, seconds, ...went }) => {
    const put = measuring(['Interface', name]);
    return [
      put('NetworkReceiveBytes', 'Bytes/Second', went.receivedBytes / seconds),
      put('NetworkSendBytes', 'Bytes/Second', went.sentBytes / seconds),
      put('NetworkErrors', 'Count/Second', (went.receiveErrors + went.sendErrors) / seconds),
      put('NetworkDrops', 'Count/Second', (went.receiveDrops + went.sendDrops) / seconds),
    ];
  });
}

function processesOf({ processes, groups, files }: HostFigures): readonly Measurement[] {
  const put = measuring();
  return [
    ...(processes
      ? [
          put('Processes', 'Count', processes.total),
          put('Threads', 'Count', processes.threads),
          put('ProcessesRunning', 'Count', processes.states.get('R') ?? 0),
          put('ProcessesBlocked', 'Count', processes.states.get('D') ?? 0),
          put('ProcessesZombie', 'Count', processes.states.get('Z') ?? 0),
        ]
      : []),
    ...(files
      ? [
          put('OpenFiles', 'Count', files.open),
          put('OpenFilesUtilization', 'Percent', percentOf(files.open, files.max)),
        ]
      : []),
    ...groups.flatMap(({ name, count, threads, residentBytes, cpuPercent }) => {
      const of = measuring(['Process', name]);
      return [
        of('ProcessCount', 'Count', count),
        of('ProcessThreads', 'Count', threads),
        of('ProcessMemory', 'Bytes', residentBytes),
        ...(cpuPercent === undefined ? [] : [of('ProcessCPU', 'Percent', cpuPercent)]),
      ];
    }),
  ];
}

function socketsOf({ sockets }: HostFigures): readonly Measurement[] {
  if (!sockets) return [];
  const put = measuring();
  return [
    put('TCPEstablished', 'Count', sockets.tcp.get('established') ?? 0),
    put('TCPTimeWait', 'Count', sockets.tcp.get('time_wait') ?? 0),
    put('TCPCloseWait', 'Count', sockets.tcp.get('close_wait') ?? 0),
    put('UDPSockets', 'Count', sockets.udp),
  ];
}
