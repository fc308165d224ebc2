import { Option, type Command } from 'commander';
import type { CliContext } from './context.ts';
import type { Finish } from '../console/command-line.ts';

/** What the command needs of its surroundings; `landfall-ops` has less to give than the agent. */
export type ScanContext = Pick<CliContext, 'terminal' | 'cwd' | 'version'> & {
  readonly signal?: AbortSignal;
};

/** As commander hands them over. */
export interface ScanFlags {
  readonly format: 'table' | 'json' | 'sarif';
  readonly region?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly from?: string;
  readonly to?: string;
  readonly rewrite?: boolean;
  readonly unknown: 'warn' | 'refuse';
  readonly ipRanges?: string;
  readonly vendor?: boolean;
  readonly own?: string;
  readonly jobs?: string;
}

const HELP = `
A finding is an error (an address or a name of something in a region), a warning (a region that is written down) or
info (a hint, or an id that exists in one region only). What leads to a region that nothing names, such as S3 without one or
a public address, is a warning of region-unknown. Exit code: 6 when there is an error or a warning; those of region-unknown
count with --unknown refuse only; else 0.

What a package installed and nobody changed since is not searched, by the records of dpkg, rpm, pip and conda, read without their
tools; catalogues of regions, documentation and tests of libraries are one line. Configuration in effect counts whoever wrote it.

A comment on the same line, or alone on the line before, excuses a region: landfall:allow us-east-1 billing lives there
A .landfallignore, written as a .gitignore, leaves files out.

Example:
  landfall scan /mnt/image --region eu-west-1 --own 'acme-*'
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
    .addOption(
      new Option('--unknown <policy>', 'whether what leads to an unknown region fails the scan')
        .choices(['warn', 'refuse'])
        .default('warn'),
    )
    .option('--ip-ranges <file>', "AWS's ip-ranges.json, plain or gzip: tells the region of addresses")
    .option('--vendor', 'search files that are as their vendor made them, too, and list it as info')
    .option('--own <names>', "packages of your own, such as payroll,acme-*: they are nobody else's word")
    .option('--jobs <n>', 'threads that share a long scan; default: one a core, at most 4')
    .option('--baseline <file>', 'leave out what this earlier JSON report holds')
    .option('--write-baseline <file>', 'record what is there now, and exit with 0')
    .option('--rewrite', 'print a diff that moves --from to --to, and what has no counterpart')
    .option('--from <region>', 'with --rewrite: the region to leave')
    .option('--to <region>', 'with --rewrite: the region to go to')
    .addHelpText('after', HELP)
    .action(async (paths: string[], flags: ScanFlags, command: Command) => {
      // Loaded when wanted: a daemon never scans.
      const { runScan } = await import('./scan-run.ts');
      // Of `landfall` both are options of all commands, which take them before this one does.
      const { json, ipRanges } = command.optsWithGlobals<{ json?: boolean; ipRanges?: string }>();
      const all = { ...flags, ...(ipRanges !== undefined && { ipRanges }) };
      await runScan(paths, json === true ? { ...all, format: 'json' } : all, context, finish);
    });
}
