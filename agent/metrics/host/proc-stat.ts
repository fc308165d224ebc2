import { fieldsOf, numberAt } from './proc-text.ts';

/** Clock ticks since boot, all processors together (proc_stat(5)). */
export interface CpuTimes {
  /** Without guests, which the kernel counts into user and nice as well. */
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softirq: number;
  readonly steal: number;
  readonly guest: number;
  readonly guestNice: number;
}

/** Older kernels have fewer columns; what is missing counts as nothing. */
export function parseCpuTimes(text: string): CpuTimes | undefined {
  const cpu = text.split('\n').find((line) => line.startsWith('cpu '));
  if (cpu === undefined) return undefined;
  const fields = fieldsOf(cpu);
  const [user, nice, guest, guestNice] = [1, 2, 9, 10].map((index) => numberAt(fields, index)) as [
    number,
    number,
    number,
    number,
  ];
  return {
    user: Math.max(0, user - guest),
    nice: Math.max(0, nice - guestNice),
    system: numberAt(fields, 3),
    idle: numberAt(fields, 4),
    iowait: numberAt(fields, 5),
    irq: numberAt(fields, 6),
    softirq: numberAt(fields, 7),
    steal: numberAt(fields, 8),
    guest,
    guestNice,
  };
}
