import { countTcpStates } from '../host/tcp-states.ts';
import type { HostFigures } from '../host/host-figures.ts';
import { COLLECTIONS, type Collection, type Profile } from '../base/metrics-settings.ts';
import { measurementsOf } from './profile.ts';

/** The names of all measurements of a profile, by the collection that they come with; `undefined` are those of `processes:`. */
export function measurementNames(profile: Profile): ReadonlyMap<Collection | undefined, ReadonlySet<string>> {
  return new Map(
    [...COLLECTIONS, undefined].map((collection) => {
      const figures = { ...NOTHING, ...(collection === undefined ? GROUPS : ONE_OF_EACH[collection]) };
      const collect = new Set(collection === undefined ? [] : [collection]);
      const classic = { memory: 'bytes', disk: 'bytes', cacheIsUsed: false } as const;
      const all = measurementsOf(figures, { profile, collect, classic });
      return [collection, new Set(all.map(({ name }) => name))] as const;
    }),
  );
}

const NOTHING: HostFigures = {
  cpu: undefined,
  memory: undefined,
  load: undefined,
  spaces: [],
  devices: [],
  interfaces: [],
  processes: undefined,
  groups: [],
  files: undefined,
  sockets: undefined,
};

const MEMORY: HostFigures['memory'] = {
  total: 1,
  free: 1,
  available: 1,
  buffers: 1,
  cached: 1,
  reclaimable: 1,
  active: 1,
  inactive: 1,
  swapTotal: 1,
  swapFree: 1,
};

/** A host that has one of everything: the profiles themselves say what they make of it, so that no table can fall behind. */
const ONE_OF_EACH: Readonly<Record<Collection, Partial<HostFigures>>> = {
  cpu: {
    cpu: {
      user: 1,
      nice: 1,
      system: 1,
      idle: 1,
      iowait: 1,
      irq: 1,
      softirq: 1,
      steal: 1,
      guest: 1,
      guestNice: 1,
    },
  },
  memory: { memory: MEMORY },
  swap: { memory: MEMORY },
  disk: {
    spaces: [
      {
        mount: { device: '/dev/x', path: '/', type: 'xfs' },
        total: 1,
        used: 1,
        free: 1,
        available: 1,
        inodes: 1,
        inodesFree: 1,
      },
    ],
  },
  diskio: {
    devices: [
      {
        name: 'x',
        seconds: 1,
        reads: 1,
        readBytes: 1,
        readTime: 1,
        writes: 1,
        writeBytes: 1,
        writeTime: 1,
        busyTime: 1,
        inProgress: 1,
      },
    ],
  },
  network: {
    interfaces: [
      {
        name: 'x',
        seconds: 1,
        receivedBytes: 1,
        receivedPackets: 1,
        receiveErrors: 1,
        receiveDrops: 1,
        sentBytes: 1,
        sentPackets: 1,
        sendErrors: 1,
        sendDrops: 1,
      },
    ],
  },
  netstat: { sockets: { tcp: countTcpStates([]), udp: 1 } },
  load: { load: [1, 1, 1] },
  processes: { processes: { total: 1, threads: 1, states: new Map() } },
  files: { files: { open: 1, max: 1 } },
};

const GROUPS: Partial<HostFigures> = {
  groups: [{ name: 'x', threads: 1, residentBytes: 1, count: 1, cpuPercent: 1 }],
};
