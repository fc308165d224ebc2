import { fieldsOf, numberAt } from './proc-text.ts';

export interface ProcessStat {
  readonly pid: number;
  /** `comm`: at most 15 bytes, and anything may be in them. */
  readonly name: string;
  /** R, S, D, Z, T, t, X, I (proc_pid_stat(5)). */
  readonly state: string;
  /** Clock ticks in user and kernel mode since it started. */
  readonly cpuTicks: number;
  readonly threads: number;
  /** Clock ticks after boot: with the pid it tells a process from a later one. */
  readonly startedAt: number;
  readonly residentPages: number;
}

/** The name may hold blanks and parentheses; it ends at the last one. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open === -1 || close < open) return undefined;
  const rest = fieldsOf(text.slice(close + 1));
  if (rest.length < 22) return undefined;
  return {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    state: rest[0] ?? '',
    cpuTicks: numberAt(rest, 11) + numberAt(rest, 12),
    threads: numberAt(rest, 17),
    startedAt: numberAt(rest, 19),
    residentPages: numberAt(rest, 21),
  };
}
