import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import { regionFacts } from '#config-service';
import { systemClock } from '#kit/clock.ts';
import { exitCodeOf, LandfallError } from '#kit/errors.ts';
import { readBaseline, writeBaseline } from '../scan/baseline.ts';
import { isClean, printJson, type ScanReport } from '../scan/report.ts';
import { rewrite } from '../scan/rewrite.ts';
import { printSarif } from '../scan/sarif.ts';
import { scan, type ScanOptions } from '../scan/scan.ts';
import type { CliContext } from './context.ts';
import type { Finish } from './program.ts';
import { createScanProgress } from './scan-progress.ts';
import { printScanTable, printUnmapped, printUnread } from './scan-table.ts';

/** What the command needs of its surroundings; `landfall-ops` has less to give than the agent. */
export type ScanContext = Pick<CliContext, 'terminal' | 'cwd' | 'version'> & {
  readonly signal?: AbortSignal;
};

interface ScanFlags {
  readonly format: 'table' | 'json' | 'sarif';
  readonly region?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly from?: string;
  readonly to?: string;
  readonly rewrite?: boolean;
}

const HELP = `
A finding is an error (an address or a name of something in a region), a warning (a region that is written down) or
info (a hint, or an id that exists in one region only). Exit code: 0 when there is at most info, 6 otherwise.

A comment on the same line, or alone on the line before, excuses a region: landfall:allow us-east-1 billing lives there
A .landfallignore, written as a .gitignore, leaves files out.

Example:
  landfall scan /mnt/image --region eu-west-1
  landfall scan --format sarif . > landfall.sarif
  landfall scan --write-baseline known.json . && landfall scan --baseline known.json .
  landfall scan --from us-east-1 --to eu-west-1 --rewrite config | patch -p1 -d config`;

export function addScanCommand(program: Command, context: ScanContext, finish: Finish): void {
  program
    .command('scan')
    .description(
      'what in these files belongs to another region; looks into archives too, and changes nothing',
    )
    .argument('<path...>', 'the root of an image, a folder, or a file')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['table', 'json', 'sarif']).default('table'),
    )
    .option('--region <region>', 'home: what belongs to it is left out')
    .option('--baseline <file>', 'leave out what this earlier JSON report holds')
    .option('--write-baseline <file>', 'record what is there now, and exit with 0')
    .option('--rewrite', 'print a diff that moves --from to --to, and what has no counterpart')
    .option('--from <region>', 'with --rewrite: the region to leave')
    .option('--to <region>', 'with --rewrite: the region to go to')
    .addHelpText('after', HELP)
    .action(async (paths: string[], flags: ScanFlags, command: Command) => {
      const progress = createScanProgress(context.terminal, systemClock);
      const options = {
        cwd: context.cwd,
        clock: systemClock,
        onProgress: progress.show,
        ...(context.signal && { signal: context.signal }),
      };
      try {
        if (flags.rewrite || flags.from !== undefined || flags.to !== undefined) {
          const { diff, unmapped } = await rewrite(paths, moveOf(flags), options);
          progress.clear();
          context.terminal.out(diff);
          context.terminal.err(printUnmapped(unmapped, context.terminal));
          finish(unmapped.length === 0 ? 0 : exitCodeOf('LF_REGION_FOREIGN'));
          return;
        }
        const format = command.optsWithGlobals()['json'] === true ? 'json' : flags.format;
        const report = await scan(paths, { ...options, ...policyOf(flags, context) });
        progress.clear();
        context.terminal.out(printed(report, format, context));
        context.terminal.err(printUnread(report, context.terminal));
        if (flags.writeBaseline !== undefined) {
          await writeBaseline(resolve(context.cwd, flags.writeBaseline), report);
        } else if (!isClean(report)) finish(exitCodeOf('LF_REGION_FOREIGN'));
      } finally {
        progress.clear();
      }
    });
}

function policyOf(flags: ScanFlags, context: ScanContext): Pick<ScanOptions, 'home' | 'baseline'> {
  return {
    home: flags.region === undefined ? null : regionOf(flags.region, '--region'),
    baseline: flags.baseline === undefined ? new Set() : readBaseline(resolve(context.cwd, flags.baseline)),
  };
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
