import type { HostFigures } from '../host/host-figures.ts';
import type { Collection } from '../base/metrics-settings.ts';
import { measuring, percentOf, type Measurement } from './measurement.ts';

/**
 * Names, units and dimensions of amazon-cloudwatch-agent ("Metrics collected by the CloudWatch agent"). What is a counter
 * in the kernel is told as how far it went since the last sample, as the agent does for diskio and net.
 */
export function cwagentMeasurements(
  figures: HostFigures,
  collect: ReadonlySet<Collection>,
  /** Its `drop_device`. */
  dropDevice = false,
): readonly Measurement[] {
  return [
    ...cpuOf(figures),
    ...memoryOf(figures, collect),
    ...spacesOf(figures, dropDevice),
    ...devicesOf(figures),
    ...interfacesOf(figures),
    ...processesOf(figures),
    ...socketsOf(figures),
  ];
}

function cpuOf({ cpu, load }: HostFigures): readonly Measurement[] {
  const system = measuring();
  const put = measuring(['cpu', 'cpu-total']);
  // Names of the kernel's columns, as the agent spells them.
  const parts = cpu && { ...cpu, guest_nice: cpu.guestNice, active: 100 - cpu.idle, guestNice: undefined };
  return [
    ...Object.entries(parts ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : put(`cpu_usage_${name}`, 'Percent', value),
    ),
    ...(load
      ? [
          system('system_load1', 'None', load[0]),
          system('system_load5', 'None', load[1]),
          system('system_load15', 'None', load[2]),
        ]
      : []),
  ];
}

function memoryOf({ memory }: HostFigures, collect: ReadonlySet<Collection>): readonly Measurement[] {
  if (!memory) return [];
  const put = measuring();
  // As gopsutil counts, which the agent reads memory with.
  const cached = memory.cached + memory.reclaimable;
  const used = Math.max(0, memory.total - memory.free - memory.buffers - cached);
  const swapUsed = memory.swapTotal - memory.swapFree;
  return [
    ...(collect.has('memory')
      ? [
          put('mem_active', 'Bytes', memory.active),
          put('mem_available', 'Bytes', memory.available),
          put('mem_available_percent', 'Percent', percentOf(memory.available, memory.total)),
          put('mem_buffered', 'Bytes', memory.buffers),
          put('mem_cached', 'Bytes', cached),
          put('mem_free', 'Bytes', memory.free),
          put('mem_inactive', 'Bytes', memory.inactive),
          put('mem_total', 'Bytes', memory.total),
          put('mem_used', 'Bytes', used),
          put('mem_used_percent', 'Percent', percentOf(used, memory.total)),
        ]
      : []),
    ...(collect.has('swap')
      ? [
          put('swap_free', 'Bytes', memory.swapFree),
          put('swap_used', 'Bytes', swapUsed),
          put('swap_used_percent', 'Percent', percentOf(swapUsed, memory.swapTotal)),
        ]
      : []),
  ];
}

function spacesOf({ spaces }: HostFigures, dropDevice: boolean): readonly Measurement[] {
  return spaces.flatMap(({ mount, total, used, available, inodes, inodesFree }) => {
    const device = mount.device.replace(/^\/dev\//, '');
    const place = [['fstype', mount.type] as const, ['path', mount.path] as const];
    const put = dropDevice ? measuring(...place) : measuring(['device', device], ...place);
    return [
      put('disk_free', 'Bytes', available),
      put('disk_total', 'Bytes', total),
      put('disk_used', 'Bytes', used),
      put('disk_used_percent', 'Percent', percentOf(used, used + available)),
      put('disk_inodes_free', 'Count', inodesFree),
      put('disk_inodes_total', 'Count', inodes),
      put('disk_inodes_used', 'Count', inodes - inodesFree),
    ];
  });
}

function devicesOf({ devices }: HostFigures): readonly Measurement[] {
  return devices.flatMap((went) => {
    const put = measuring(['name', went.name]);
    return [
      put('diskio_reads', 'Count', went.reads),
      put('diskio_writes', 'Count', went.writes),
      put('diskio_read_bytes', 'Bytes', went.readBytes),
      put('diskio_write_bytes', 'Bytes', went.writeBytes),
      put('diskio_read_time', 'Milliseconds', went.readTime),
      put('diskio_write_time', 'Milliseconds', went.writeTime),
      put('diskio_io_time', 'Milliseconds', went.busyTime),
      put('diskio_iops_in_progress', 'Count', went.inProgress),
    ];
  });
}

function interfacesOf({ interfaces }: HostFigures): readonly Measurement[] {
  return interfaces.flatMap((went) => {
    const put = measuring(['interface', went.name]);
    return [
      put('net_bytes_recv', 'Bytes', went.receivedBytes),
      put('net_bytes_sent', 'Bytes', went.sentBytes),
      put('net_packets_recv', 'Count', went.receivedPackets),
      put('net_packets_sent', 'Count', went.sentPackets),
      put('net_err_in', 'Count', went.receiveErrors),
      put('net_err_out', 'Count', went.sendErrors),
      put('net_drop_in', 'Count', went.receiveDrops),
      put('net_drop_out', 'Count', went.sendDrops),
    ];
  });
}

/** Letters of proc_pid_stat(5) by the agent's names. */
const STATES: readonly (readonly [name: string, letters: string])[] = [
  ['running', 'R'],
  ['sleeping', 'S'],
  ['blocked', 'D'],
  ['zombies', 'Z'],
  ['stopped', 'Tt'],
  ['idle', 'I'],
  ['dead', 'X'],
  ['paging', 'W'],
];

function processesOf({ processes, groups, files }: HostFigures): readonly Measurement[] {
  const put = measuring();
  const ofState = (letters: string): number =>
    letters.split('').reduce((sum, letter) => sum + (processes?.states.get(letter) ?? 0), 0);
  return [
    ...(processes
      ? [
          put('processes_total', 'Count', processes.total),
          put('processes_total_threads', 'Count', processes.threads),
          ...STATES.map(([name, letters]) => put(`processes_${name}`, 'Count', ofState(letters))),
        ]
      : []),
    ...(files ? [put('linux_sysctl_fs_file_nr', 'Count', files.open)] : []),
    ...groups.flatMap(({ name, count, threads, residentBytes, cpuPercent }) => {
      const of = measuring(['pattern', name]);
      return [
        of('procstat_lookup_pid_count', 'Count', count),
        of('procstat_num_threads', 'Count', threads),
        of('procstat_memory_rss', 'Bytes', residentBytes),
        ...(cpuPercent === undefined ? [] : [of('procstat_cpu_usage', 'Percent', cpuPercent)]),
      ];
    }),
  ];
}

function socketsOf({ sockets }: HostFigures): readonly Measurement[] {
  if (!sockets) return [];
  const put = measuring();
  return [
    ...[...sockets.tcp].map(([state, count]) => put(`netstat_tcp_${state}`, 'Count', count)),
    put('netstat_udp_socket', 'Count', sockets.udp),
  ];
}
