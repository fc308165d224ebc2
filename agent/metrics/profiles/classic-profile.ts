import type { HostFigures } from '../host/host-figures.ts';
import type { Unit } from '../base/series.ts';
import type { ClassicUnits, Collection, SizeUnit } from '../base/metrics-settings.ts';
import { measuring, percentOf, type Measurement } from './measurement.ts';

const SIZES: Readonly<Record<SizeUnit, { readonly unit: Unit; readonly bytes: number }>> = {
  bytes: { unit: 'Bytes', bytes: 1 },
  kilobytes: { unit: 'Kilobytes', bytes: 1024 },
  megabytes: { unit: 'Megabytes', bytes: 1024 ** 2 },
  gigabytes: { unit: 'Gigabytes', bytes: 1024 ** 3 },
};

/**
 * Names, units and formulas of mon-put-instance-data.pl 1.2.1, so that alarms of before go on: available memory is free
 * plus cached plus buffers rather than the kernel's MemAvailable, and space is used of total rather than df's used of
 * what users can have.
 */
export function classicMeasurements(
  { memory, spaces }: HostFigures,
  collect: ReadonlySet<Collection>,
  units: ClassicUnits,
): readonly Measurement[] {
  const size = SIZES[units.memory];
  const space = SIZES[units.disk];
  const all: Measurement[] = [];
  const put = measuring();
  if (memory && collect.has('memory')) {
    const available = memory.free + (units.cacheIsUsed ? 0 : memory.cached + memory.buffers);
    const used = memory.total - available;
    all.push(
      put('MemoryUtilization', 'Percent', percentOf(used, memory.total)),
      put('MemoryUsed', size.unit, used / size.bytes),
      put('MemoryAvailable', size.unit, available / size.bytes),
    );
  }
  if (memory && collect.has('swap')) {
    const used = memory.swapTotal - memory.swapFree;
    all.push(
      put('SwapUtilization', 'Percent', percentOf(used, memory.swapTotal)),
      put('SwapUsed', size.unit, used / size.bytes),
    );
  }
  for (const { mount, total, used, available } of spaces) {
    const of = measuring(['Filesystem', mount.device], ['MountPath', mount.path]);
    all.push(
      of('DiskSpaceUtilization', 'Percent', percentOf(used, total)),
      of('DiskSpaceUsed', space.unit, used / space.bytes),
      of('DiskSpaceAvailable', space.unit, available / space.bytes),
    );
  }
  return all;
}
