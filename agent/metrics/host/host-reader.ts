import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#kit/clock.ts';
import { socketTable } from '#kit/socket-table.ts';
import type { MetricsSettings } from '../base/metrics-settings.ts';
import { parseDiskstats } from './diskstats.ts';
import type { HostSample } from './host-sample.ts';
import { parseMeminfo } from './meminfo.ts';
import { parseMounts } from './mounts.ts';
import { parseNetDev } from './net-dev.ts';
import { bounded } from './bounded-call.ts';
import { parseCpuTimes } from './proc-stat.ts';
import { fieldsOf, numberAt } from './proc-text.ts';
import { readProcesses, type Matches, type ProcessReading } from './process-reader.ts';
import { chooseDevices, chooseInterfaces, mountsNotThere, mountsToProbe } from './selection.ts';
import type { SpaceProbe } from './space-probe.ts';
import { countSockets, countTcpStates } from './tcp-states.ts';

export interface HostReaderParts {
  readonly clock: Clock;
  /** `/` but in tests. */
  readonly root: string;
  readonly settings: Pick<MetricsSettings, 'collect' | 'filters'>;
  readonly patterns: ReadonlyMap<string, Matches>;
  readonly space: SpaceProbe;
}

/** Longer than /proc takes on the busiest host; reading a command line may wait for a process that is stuck. */
const LIMIT_MS = 5_000;

/** Takes samples of this host; never fails, never waits longer than a few seconds. */
export function createHostReader({
  clock,
  root,
  settings: { collect, filters },
  patterns,
  space,
}: HostReaderParts): () => Promise<HostSample> {
  const walk = bounded<ProcessReading>(clock, LIMIT_MS);
  const text = (path: string): Promise<string> => readFile(join(root, path), 'utf8').catch(() => '');
  const sockets = (...names: readonly string[]): Promise<readonly string[]> =>
    Promise.all(names.map((name) => socketTable(join(root, 'proc/net', name))));

  return async () => {
    const wants = { memory: collect.has('memory') || collect.has('swap') };
    const walked =
      collect.has('processes') || patterns.size > 0
        ? await walk.run(() => readProcesses(root, patterns))
        : undefined;
    const mounts = collect.has('disk') ? parseMounts(await text('proc/self/mounts')) : undefined;
    const spaces = mounts ? await space.measure(mountsToProbe(mounts, filters)) : [];
    const blocks = collect.has('diskio') ? await wholeDisks(root) : undefined;
    const bootId = (await text('proc/sys/kernel/random/boot_id')).trim() || undefined;
    const sample = {
      bootId,
      spaces,
      mountsNotThere: mounts ? mountsNotThere(mounts, filters) : [],
      cpu: collect.has('cpu') ? parseCpuTimes(await text('proc/stat')) : undefined,
      memory: wants.memory ? parseMeminfo(await text('proc/meminfo')) : undefined,
      load: collect.has('load') ? loadOf(await text('proc/loadavg')) : undefined,
      devices: collect.has('diskio')
        ? chooseDevices(parseDiskstats(await text('proc/diskstats')), filters.devices, blocks)
        : [],
      interfaces: collect.has('network')
        ? chooseInterfaces(parseNetDev(await text('proc/net/dev')), filters.interfaces)
        : [],
      processes: collect.has('processes') ? walked?.counts : undefined,
      groups: walked?.groups ?? [],
      files: collect.has('files') ? filesOf(await text('proc/sys/fs/file-nr')) : undefined,
      sockets: collect.has('netstat')
        ? {
            tcp: countTcpStates(await sockets('tcp', 'tcp6')),
            udp: countSockets(await sockets('udp', 'udp6')),
          }
        : undefined,
    };
    // The time goes with the counters: what is slow was read before them.
    return { ...sample, at: clock.now(), monotonicMs: clock.monotonic() };
  };
}

function loadOf(text: string): HostSample['load'] {
  const fields = fieldsOf(text);
  return fields.length < 3 ? undefined : [numberAt(fields, 0), numberAt(fields, 1), numberAt(fields, 2)];
}

/** `allocated free max`; the second is 0 since Linux 2.6. */
function filesOf(text: string): HostSample['files'] {
  const fields = fieldsOf(text);
  if (fields.length < 3) return undefined;
  return { open: numberAt(fields, 0) - numberAt(fields, 1), max: numberAt(fields, 2) };
}

async function wholeDisks(root: string): Promise<ReadonlySet<string> | undefined> {
  return await readdir(join(root, 'sys/block')).then(
    (names) => new Set(names),
    () => undefined,
  );
}
