import { fieldsOf, numberAt } from './proc-text.ts';

/** Counters of one block device since it was attached. */
export interface DiskCounters {
  readonly name: string;
  readonly reads: number;
  readonly readBytes: number;
  /** Milliseconds. */
  readonly readTime: number;
  readonly writes: number;
  readonly writeBytes: number;
  readonly writeTime: number;
  /** Milliseconds in which at least one request was under way. */
  readonly busyTime: number;
  /** At this moment; no counter. */
  readonly inProgress: number;
}

/** "always 512", whatever the device has (Documentation/block/stat.rst). */
const SECTOR_BYTES = 512;

/** `/proc/diskstats` (Documentation/admin-guide/iostats.rst). Kernels add columns at the end: 14, 18 since 4.18, 20 since 5.5. */
export function parseDiskstats(text: string): readonly DiskCounters[] {
  return text.split('\n').flatMap((line) => {
    const fields = fieldsOf(line);
    const name = fields[2];
    // A line with 7 columns is a partition as Linux 2.6 before .25 showed it.
    if (name === undefined || fields.length < 14) return [];
    return {
      name,
      reads: numberAt(fields, 3),
      readBytes: numberAt(fields, 5) * SECTOR_BYTES,
      readTime: numberAt(fields, 6),
      writes: numberAt(fields, 7),
      writeBytes: numberAt(fields, 9) * SECTOR_BYTES,
      writeTime: numberAt(fields, 10),
      inProgress: numberAt(fields, 11),
      busyTime: numberAt(fields, 12),
    };
  });
}
