import type { Clock } from '#kit/clock.ts';
import type { Progress } from '../scan/scan.ts';
import { megabytes } from './scan-table.ts';
import type { Terminal } from './terminal.ts';

/** Nobody needs to know how far something is that is over in a second. */
const PATIENCE_MS = 1000;
const INTERVAL_MS = 200;
const CLEAR_LINE = '\r\u001B[2K';

/** One line on a terminal that is overwritten, and gone in the end; nothing anywhere else. */
export function createScanProgress(
  terminal: Pick<Terminal, 'err' | 'errIsTerminal' | 'columns'>,
  clock: Pick<Clock, 'monotonic'>,
): { show: (progress: Progress) => void; clear: () => void } {
  const started = clock.monotonic();
  let next = started + PATIENCE_MS;
  let isShown = false;
  return {
    show: ({ files, bytes, path, totalFiles, totalBytes }) => {
      const now = clock.monotonic();
      if (!terminal.errIsTerminal || now < next) return;
      next = now + INTERVAL_MS;
      isShown = true;
      const rate = megabytes((bytes * 1000) / (now - started));
      const left =
        totalFiles === undefined || totalBytes === undefined
          ? ''
          : `, ${Math.max(0, totalFiles - files)} files and ${megabytes(Math.max(0, totalBytes - bytes))} left`;
      const line = `${files} files, ${megabytes(bytes)}, ${rate}/s${left}  ${path.replaceAll(/[^\x20-\x7E]/g, '?')}`;
      terminal.err(CLEAR_LINE + line.slice(0, (terminal.columns || 80) - 1));
    },
    clear: () => {
      if (isShown) terminal.err(CLEAR_LINE);
      isShown = false;
    },
  };
}
