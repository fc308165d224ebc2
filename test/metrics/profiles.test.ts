import { describe, expect, it } from 'vitest';
import type { Family } from '#kit/metric-family.ts';
import type { HostFigures } from '#agent/metrics/host/host-figures.ts';
import { dimensionSets } from '#agent/metrics/profiles/dimension-sets.ts';
import { hostFamilies } from '#agent/metrics/profiles/host-families.ts';
import { createOwnMeasurements, OwnCounters } from '#agent/metrics/profiles/own-measurements.ts';
import type { Measurement } from '#agent/metrics/profiles/measurement.ts';
import { measurementsOf } from '#agent/metrics/profiles/profile.ts';
import { readMetricsSettings } from '#agent/metrics/settings/read-metrics-settings.ts';
import type { JsonObject } from '#agent/plan/json.ts';
import { COLLECTIONS, type MetricsSettings } from '#agent/metrics/base/metrics-settings.ts';
import { printFamilies } from '#agent/daemon/reporting/exposition.ts';
import { FACTS } from './facts.ts';
import { planMap } from '../support/plan-map.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const CPU = {
  user: 30,
  nice: 5,
  system: 10,
  idle: 40,
  iowait: 10,
  irq: 1,
  softirq: 2,
  steal: 2,
  guest: 0,
  guestNice: 0,
};

const FIGURES: HostFigures = {
  cpu: CPU,
  load: [1, 2, 3],
  memory: {
    total: 1000 * MIB,
    free: 200 * MIB,
    available: 600 * MIB,
    buffers: 100 * MIB,
    cached: 250 * MIB,
    reclaimable: 50 * MIB,
    active: 1,
    inactive: 2,
    swapTotal: 400 * MIB,
    swapFree: 300 * MIB,
  },
  spaces: [
    {
      mount: { device: '/dev/nvme0n1p1', path: '/', type: 'xfs' },
      total: 10 * GIB,
      used: 4 * GIB,
      free: 6 * GIB,
      available: 5 * GIB,
      inodes: 100,
      inodesFree: 75,
    },
  ],
  devices: [],
  interfaces: [],
  processes: undefined,
  groups: [],
  files: undefined,
  sockets: undefined,
};

function told(profile: MetricsSettings['profile'], classic: Partial<MetricsSettings['classic']> = {}) {
  const units = { memory: 'megabytes', disk: 'gigabytes', cacheIsUsed: false, ...classic } as const;
  return measurementsOf(FIGURES, { profile, collect: new Set(COLLECTIONS), classic: units }).map(
    ({ name, unit, value, dimensions }) => [
      name,
      unit,
      value,
      dimensions.map((one) => `${one.name}=${one.value}`),
    ],
  );
}

describe('profile classic', () => {
  const disk = ['Filesystem=/dev/nvme0n1p1', 'MountPath=/'];
  it('is mon-put-instance-data.pl: names, units and formulas', () => {
    expect(told('classic')).toEqual([
      ['MemoryUtilization', 'Percent', 45, []],
      ['MemoryUsed', 'Megabytes', 450, []],
      ['MemoryAvailable', 'Megabytes', 550, []],
      ['SwapUtilization', 'Percent', 25, []],
      ['SwapUsed', 'Megabytes', 100, []],
      ['DiskSpaceUtilization', 'Percent', 40, disk],
      ['DiskSpaceUsed', 'Gigabytes', 4, disk],
      ['DiskSpaceAvailable', 'Gigabytes', 5, disk],
    ]);
  });

  it('has its --memory-units, --disk-space-units and --mem-used-incl-cache-buff', () => {
    const all = told('classic', { memory: 'kilobytes', disk: 'bytes', cacheIsUsed: true });
    expect(all.map(([name, unit, value]) => [name, unit, value])).toEqual([
      ['MemoryUtilization', 'Percent', 80],
      ['MemoryUsed', 'Kilobytes', 800 * 1024],
      ['MemoryAvailable', 'Kilobytes', 200 * 1024],
      ['SwapUtilization', 'Percent', 25],
      ['SwapUsed', 'Kilobytes', 100 * 1024],
      ['DiskSpaceUtilization', 'Percent', 40],
      ['DiskSpaceUsed', 'Bytes', 4 * GIB],
      ['DiskSpaceAvailable', 'Bytes', 5 * GIB],
    ]);
  });
});

it('profile cwagent has the names, units and dimensions of amazon-cloudwatch-agent', () => {
  const all = told('cwagent');
  expect(all).toContainEqual(['cpu_usage_active', 'Percent', 60, ['cpu=cpu-total']]);
  expect(all).toContainEqual(['cpu_usage_guest_nice', 'Percent', 0, ['cpu=cpu-total']]);
  expect(all).toContainEqual(['mem_used_percent', 'Percent', 40, []]);
  expect(all).toContainEqual(['swap_used_percent', 'Percent', 25, []]);
  expect(all).toContainEqual(['disk_inodes_free', 'Count', 75, ['device=nvme0n1p1', 'fstype=xfs', 'path=/']]);
  expect(all.find(([name]) => name === 'disk_used_percent')?.[2]).toBeCloseTo(44.44, 2);
});

it('our own profile counts waiting for a disk as idle, and cache as available', () => {
  const all = told('default');
  expect(all).toContainEqual(['CPUUtilization', 'Percent', 50, []]);
  expect(all).toContainEqual(['MemoryUtilization', 'Percent', 40, []]);
  expect(all).toContainEqual(['DiskInodeUtilization', 'Percent', 25, ['Path=/']]);
});

function sets(settings: Partial<MetricsSettings>) {
  const all = dimensionSets({ dimensions: [], aggregated: false, autoScaling: false, ...settings }, FACTS);
  return all.map((set) => set.map(({ name }) => name).join('+'));
}

describe('dimension sets', () => {
  it.each<[Partial<MetricsSettings>, readonly string[]]>([
    [{}, ['InstanceId']],
    [{ dimensions: ['role', 'autoScalingGroup'] }, ['InstanceId+Role+AutoScalingGroupName']],
    [{ autoScaling: true }, ['InstanceId', 'AutoScalingGroupName']],
    [{ autoScaling: 'only' }, ['AutoScalingGroupName']],
    [{ aggregated: true }, ['InstanceId', 'InstanceType', 'ImageId', '']],
    [{ aggregated: 'only' }, ['InstanceType', 'ImageId', '']],
    [
      { aggregated: true, autoScaling: true },
      ['InstanceId', 'AutoScalingGroupName', 'InstanceType', 'ImageId', ''],
    ],
  ])('of %j', (settings, expected) => {
    expect(sets(settings)).toEqual(expected);
  });

  it('an instance outside of any group has no series for one', () => {
    const facts = { ...FACTS, tags: new Map() };
    expect(dimensionSets({ dimensions: [], aggregated: false, autoScaling: 'only' }, facts)).toEqual([]);
  });
});

function families(a: number, b: number): readonly Family[] {
  return [
    { name: 'landfall_build', type: 'info', help: '', samples: [{ value: 1 }] },
    { name: 'landfall_ready', type: 'gauge', help: '', samples: [{ value: 1 }] },
    { name: 'landfall_host_load1', type: 'gauge', help: '', samples: [{ value: 1 }] },
    {
      name: 'landfall_refusals',
      type: 'counter',
      help: '',
      samples: [
        { labels: { code: 'A' }, value: a },
        { labels: { code: 'B' }, value: b },
      ],
    },
  ];
}

function named(measurements: readonly Measurement[]) {
  return measurements.map(({ name, value }) => [name, value]);
}

describe('case 69: a counter of Landfall is told by how far it went, its labels folded', () => {
  it('from the second look on when it may be old', () => {
    const tell = createOwnMeasurements(['landfall_*'], new OwnCounters(false));
    expect(named(tell(families(5, 5)))).toEqual([['landfall_ready', 1]]);
    expect(named(tell(families(6, 7)))).toEqual([
      ['landfall_ready', 1],
      ['landfall_refusals', 3],
    ]);
  });

  it('from nothing on when it began with the process: what happened at boot is told', () => {
    const tell = createOwnMeasurements(['landfall_refusals'], new OwnCounters(true));
    expect(named(tell(families(1, 0)))).toEqual([['landfall_refusals', 1]]);
    expect(named(tell(families(1, 0)))).toEqual([['landfall_refusals', 0]]);
  });

  it('without a leap when a later plan asks for it', () => {
    const counters = new OwnCounters(true);
    createOwnMeasurements([], counters)(families(50, 0));
    const tell = createOwnMeasurements(['landfall_refusals'], counters);
    expect(named(tell(families(51, 0)))).toEqual([['landfall_refusals', 1]]);
  });
});

it('figures are gauges of Prometheus, in base units', () => {
  const all = measurementsOf(FIGURES, {
    profile: 'default',
    collect: new Set(COLLECTIONS),
    classic: { memory: 'bytes', disk: 'bytes', cacheIsUsed: false },
  });
  const text = printFamilies(hostFamilies(all), 'openmetrics');
  expect(text).toContain('landfall_host_cpu_utilization_ratio 0.5\n');
  expect(text).toContain('landfall_host_cpu_io_wait_ratio 0.1\n');
  expect(text).toContain(`landfall_host_memory_available_bytes ${600 * MIB}\n`);
  expect(text).toContain('landfall_host_disk_utilization_ratio{path="/"} 0.4');
  expect(text).toContain('landfall_host_load15 3\n');
});

it('of Landfall itself what alarms are made of is sent, and everything only when asked', () => {
  const names = ['generation', 'config_age_seconds', 'refusals', 'guard_findings', 'relocations'];
  const logs = ['log_lag_seconds', 'log_read_events', 'log_acknowledged_events', 'log_lost_events'];
  const rest = ['resident_memory_bytes', 'log_read_bytes'];
  const all = [...names, ...logs, ...rest].map((name): Family => {
    return { name: `landfall_${name}`, type: 'gauge', help: '', samples: [{ value: 1 }] };
  });
  const sent = (settings: JsonObject) =>
    createOwnMeasurements(own(settings), new OwnCounters(true))(all).map(({ name }) => name.slice(9));
  expect(sent({})).toEqual([...names, ...logs]);
  expect(sent({ own: true })).toEqual([...names, ...logs, ...rest]);
  expect(sent({ own: false })).toEqual([]);
  expect(sent({ profile: 'classic' })).toEqual([]);
});

function own(settings: JsonObject): readonly string[] {
  const read = readMetricsSettings({ settings: planMap(settings) }, () => true);
  return read.kind === 'ok' ? read.value.own : [];
}
