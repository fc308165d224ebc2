import { LandfallError } from '#kit/errors.ts';
import type { BootDocument } from '../daemon/runtime/boot-times.ts';
import { alignColumns, paint, type Terminal } from '../console/terminal.ts';

/** @throws LandfallError where an older agent runs, which does not say. */
export function bootOf({
  version,
  boot,
}: {
  readonly version: string;
  readonly boot?: BootDocument;
}): BootDocument {
  if (boot) return boot;
  throw new LandfallError({
    code: 'LF_UNEXPECTED',
    operation: 'read',
    subject: 'the times of the boot',
    cause: `the agent that runs here is ${version} and does not keep them`,
    hint: 'Restart it with this executable.',
  });
}

/** Phases go on beside each other: what they took does not add up to the whole. */
export function bootTable({ readyMs, cpuMs, phases }: BootDocument, terminal: Terminal): string {
  const rows = [
    ...phases.map(({ name, ...times }) => [name, inMs(times.fromMs), inMs(times.tookMs), inMs(times.cpuMs)]),
    ['ready', inMs(readyMs), '', inMs(cpuMs)],
  ];
  const head = ['phase', 'from', 'took', 'processor'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const [shown, ...others] = [head, ...rows].map((row) =>
    row.map((cell, column) => (column === 0 ? cell : cell.padStart(widths[column] ?? 0))),
  );
  const dim = (text: string): string => paint(terminal, 'dim', text);
  const unit = `in ms since the process was started${readyMs === null ? '; it is not ready yet' : ''}`;
  return `${alignColumns([(shown ?? []).map(dim), ...others])}${dim(unit)}\n`;
}

function inMs(ms: number | null): string {
  return ms === null ? '-' : ms.toFixed(0);
}
