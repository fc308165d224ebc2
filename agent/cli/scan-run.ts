import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { regionFacts } from '#config-service';
import { systemClock, type Clock } from '#kit/clock.ts';
import { exitCodeOf, LandfallError } from '#kit/errors.ts';
import type { Finish } from '../console/command-line.ts';
import type { Terminal } from '../console/terminal.ts';
import { readBaseline, writeBaseline } from '../scan/report/baseline.ts';
import type { Policy } from '../scan/report/collector.ts';
import { isClean, printJson, type ScanReport } from '../scan/report/report.ts';
import { printSarif } from '../scan/report/sarif.ts';
import { rewrite } from '../scan/rewrite/rewrite.ts';
import { scan, type Progress } from '../scan/scan.ts';
import { readRegionOf } from './ip-ranges.ts';
import { megabytes, printLeftAlone, printScanTable, printUnmapped, printUnread } from './scan-table.ts';
import type { ScanContext, ScanFlags } from './scan.ts';

/** Scans or rewrites, prints what came of it, and says with which exit code the command ends. */
export async function runScan(
  paths: readonly string[],
  flags: ScanFlags,
  context: ScanContext,
  finish: Finish,
): Promise<void> {
  const progress = createScanProgress(context.terminal, systemClock);
  const options = {
    cwd: context.cwd,
    clock: systemClock,
    ...(context.terminal.errIsTerminal && { onProgress: progress.show }),
    ...(context.signal && { signal: context.signal }),
  };
  try {
    if (flags.rewrite || flags.from !== undefined || flags.to !== undefined) {
      const { diff, unmapped, leftAlone } = await rewrite(paths, moveOf(flags), options);
      progress.clear();
      context.terminal.out(diff);
      context.terminal.err(printUnmapped(unmapped, context.terminal));
      context.terminal.err(printLeftAlone(leftAlone, context.terminal));
      finish(unmapped.length === 0 ? 0 : exitCodeOf('LF_REGION_FOREIGN'));
      return;
    }
    const report = await scan(paths, {
      ...options,
      ...(await policyOf(flags, context)),
      jobs: jobsOf(flags.jobs),
      ...(flags.ipRanges !== undefined && { ipRanges: resolve(context.cwd, flags.ipRanges) }),
    });
    progress.clear();
    context.terminal.out(printed(report, flags.format, context));
    context.terminal.err(printUnread(report, context.terminal));
    if (flags.writeBaseline !== undefined) {
      await writeBaseline(resolve(context.cwd, flags.writeBaseline), report);
    } else if (!isClean(report)) finish(exitCodeOf('LF_REGION_FOREIGN'));
  } finally {
    progress.clear();
  }
}

async function policyOf(flags: ScanFlags, context: ScanContext): Promise<Policy> {
  return {
    unknown: flags.unknown,
    vendor: flags.vendor === true,
    own: (flags.own ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    ...(flags.ipRanges !== undefined && { regionOf: await readRegionOf(flags.ipRanges, context) }),
    home: flags.region === undefined ? null : regionOf(flags.region, '--region'),
    baseline: flags.baseline === undefined ? new Set() : readBaseline(resolve(context.cwd, flags.baseline)),
  };
}

/** More would read faster than most disks, and take the machine from those who work on it. */
const MOST_JOBS = 4;

function jobsOf(given: string | undefined): number {
  if (given === undefined) return Math.min(MOST_JOBS, availableParallelism());
  if (!/^[1-9]\d?$/.test(given))
    throw usage(`--jobs ${given}`, 'that is no number from 1 to 99', 'Give one such as 4.');
  return Number(given);
}

function moveOf({ from, to, rewrite: isAsked }: ScanFlags): { from: string; to: string } {
  if (!isAsked || from === undefined || to === undefined || from === to) {
    throw usage('--rewrite', 'it takes two regions', 'Give --rewrite --from R --to R together.');
  }
  return { from: regionOf(from, '--from'), to: regionOf(to, '--to') };
}

/** A region this build has not heard of is accepted; a word that no region could have is a slip of the hand. */
function regionOf(value: string, flag: string): string {
  if (regionFacts(value) === undefined) {
    throw usage(`${flag} ${value}`, 'that is no region', 'Give one such as eu-west-1.');
  }
  return value;
}

function usage(subject: string, cause: string, hint: string): LandfallError {
  return new LandfallError({ code: 'LF_USAGE', operation: 'read', subject, cause, hint });
}

function printed(
  report: ScanReport,
  format: ScanFlags['format'],
  { terminal, version }: ScanContext,
): string {
  if (format === 'json') return printJson(report);
  return format === 'sarif' ? printSarif(report, version) : printScanTable(report, terminal);
}

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
