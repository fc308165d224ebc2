import type { Family } from '#kit/metric-family.ts';
import type { Unit } from '../base/series.ts';
import type { Measurement } from './measurement.ts';

/** The unit as Prometheus writes it ("Metric and label naming"): base units, and ratios rather than percents. */
const SUFFIXES: Partial<Record<Unit, string>> = {
  Percent: '_ratio',
  Bytes: '_bytes',
  'Bytes/Second': '_bytes_per_second',
  'Count/Second': '_per_second',
};

/** Figures of the default profile for `GET /metrics`: `DiskReadBytes` of `Device` is `landfall_host_disk_read_bytes_per_second{device="..."}`. */
export function hostFamilies(measurements: readonly Measurement[]): readonly Family[] {
  const families = new Map<string, { help: string; samples: Family['samples'][number][] }>();
  for (const { name, unit, value, dimensions } of measurements) {
    const stem = snake(name);
    const suffix = SUFFIXES[unit] ?? '';
    const full = `landfall_host_${suffix.startsWith('_bytes') ? stem.replace(/_bytes$/, '') : stem}${suffix}`;
    let family = families.get(full);
    if (!family) families.set(full, (family = { help: `${name} of this host.`, samples: [] }));
    const labels = Object.fromEntries(dimensions.map((one) => [snake(one.name), one.value]));
    family.samples.push({ labels, value: unit === 'Percent' ? value / 100 : value });
  }
  return [...families].map(([name, { help, samples }]) => ({ name, type: 'gauge', help, samples }));
}

/** `CPUIOWait` is `cpu_io_wait`, `Load15` is `load15`. */
function snake(name: string): string {
  return name
    .replaceAll(/(CPU|IO|TCP|UDP)(?=[A-Z])/g, '$1_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
