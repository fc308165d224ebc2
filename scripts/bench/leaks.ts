import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchRow, Finding } from './bench-row.ts';
import type { LeaksLook } from './leaks-look.ts';
import { median } from './median.ts';
import { writeSocketTables } from './socket-lines.ts';

const SOCKETS = 10_000;
const LOOK = fileURLToPath(new URL('leaks-look.ts', import.meta.url));

/**
 * A look of the leak watch at 10,000 sockets, in a process with the compilers of the daemon: of a table that was written, which is
 * what the look costs, and of as many sockets that are open, which is what the kernel takes to write that table, too.
 */
export const leakWatch: BenchRow = {
  name: 'leaks',
  measure({ quick, say }) {
    const runs = quick ? 9 : 31;
    const folder = mkdtempSync(join(tmpdir(), 'landfall-bench-leaks-'));
    try {
      writeSocketTables(folder, SOCKETS);
      const written = look(process.execPath, [LOOK, String(runs), folder]);
      if ('skipped' in written) throw new Error(written.skipped);
      const [took, reading, splitting] = [written.looks, written.reads, written.splits].map(median);
      say(
        `${written.sockets} lines, ${written.far} far: ${took?.toFixed(1)} ms, at first ${written.first.toFixed(1)} ms`,
      );
      const made = `${written.sockets} lines, each another address, ${written.far} of them far; medians of ${runs}, by turns`;
      const findings: readonly Finding[] = [
        {
          what: '10,000 sockets, against reading the same tables and splitting them into fields',
          value: (took ?? NaN) / (splitting ?? NaN),
          unit: 'x',
          bar: { atMost: 1 },
          detail: `${took?.toFixed(1)} to ${splitting?.toFixed(1)} ms, reading alone ${reading?.toFixed(1)} ms; ${made}`,
        },
        {
          what: '10,000 sockets, a look',
          value: took ?? NaN,
          unit: 'ms',
          bar: { atMost: 20 },
          detail: made,
        },
        {
          what: '10,000 sockets, the very first look',
          value: written.first,
          unit: 'ms',
          bar: { atMost: 20 },
          detail: 'nothing compiled yet; once',
        },
        {
          what: 'held from one look to the next',
          value: written.kept / 2 ** 20,
          unit: 'MiB',
          bar: { atMost: 2 },
          detail: 'beside the table of address ranges; heap and buffers after a collection',
        },
        ofTheKernel(runs),
      ];
      return Promise.resolve(findings);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** In a network of its own: what it opens would wait a minute in the tables of this host when it has ended. */
function ofTheKernel(runs: number): Finding {
  const what = '10,000 sockets of the kernel, against reading its tables';
  const script = 'ip link set lo up && exec "$@"';
  const started = ['--net', 'sh', '-c', script, 'sh', process.execPath, LOOK, String(runs)];
  const open = look('unshare', started);
  if ('skipped' in open) return { what, skipped: open.skipped };
  const [took, reading] = [median(open.looks), median(open.reads)];
  return {
    what,
    value: took / reading,
    unit: 'x',
    bar: { atMost: 1.5 },
    detail: `${took.toFixed(1)} to ${reading.toFixed(1)} ms, ${open.sockets} sockets that are open; medians of ${runs}, by turns`,
  };
}

function look(command: string, args: readonly string[]): LeaksLook | { readonly skipped: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 });
  if (status === 0) return JSON.parse(stdout) as LeaksLook;
  const why = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  return { skipped: `no network of its own (root, unshare, ip; ulimit -n 12000): ${why}` };
}
