import { resolve } from 'node:path';
import type { Command } from 'commander';
import { regionFacts } from '#config-service';
import { exitCodeOf, LandfallError } from '#kit/errors.ts';
import { failure, good, warning, type DoctorFinding } from '../doctor/base/finding.ts';
import type { EmptiedFile } from '../doctor/image.ts';
import { SETTINGS } from '../settings/catalogue.ts';
import { settingsOf, type CliContext, type Flags } from './context.ts';
import { startFault } from './daemon-settings.ts';
import { hostOf } from './host.ts';
import { readRegionOf } from './ip-ranges.ts';
import type { LeaksDocument } from '../daemon/reporting/leaks.ts';
import type { PipelinesDocument } from '../daemon/telemetry/pipelines.ts';
import { leaksLine } from './leaks.ts';
import { pipelineLines } from './pipeline-lines.ts';
import { askStatus } from './status-answer.ts';
import type { Finish } from '../console/command-line.ts';
import { alignColumns, oneLine, paint, type Style } from '../console/terminal.ts';

const PATIENCE_MS = 20_000;
const ASK_MS = 3_000;

const HELP = `
Example:
  landfall doctor --source s3://acme-config-{region}/payroll
  landfall doctor --before-image                       last thing before an AMI is made of this host
  landfall doctor --root /mnt/image --region eu-west-1

Exit codes: 0 nothing that stops or leaks; 6 something belongs to another region; else that of the first failure.`;

/** What a doctor has seen, and what it has done. */
interface Visit {
  readonly findings: readonly DoctorFinding[];
  readonly emptied?: readonly EmptiedFile[];
}

export function addDoctorCommand(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('doctor')
    .description('what on this host could leak another region, and what would stop the agent')
    .option('--before-image', "empty Landfall's own state, then fail if anything bound to a region is left")
    .option('--root <dir>', 'examine the image mounted there instead of this host; changes nothing')
    .option('--region <home>', 'with --root: the region the image may name; default: none')
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const visit = await visited(context, flags);
      context.terminal.out(flags['json'] === true ? `${JSON.stringify(visit)}\n` : table(visit, context));
      finish(exitCodeAfter(visit.findings));
    });
}

async function visited(context: CliContext, flags: Flags): Promise<Visit> {
  const { root, region } = flags;
  if (typeof root === 'string') return { findings: await imageFindings(context, flags, root) };
  if (region !== undefined)
    throw usage('--region', 'the region of this host is what its metadata service says');
  const settings = settingsOf(context, flags);
  const host = hostOf(context, { ...settings, logLevel: 'error' });
  if (flags['beforeImage'] === true) {
    const { prepareImage } = await import('../doctor/image.ts');
    const prepared = await prepareImage(settings, host);
    if (prepared.kind !== 'ok') throw new LandfallError(prepared.fault);
    return prepared.value;
  }
  const wrong = startFault(settings);
  const findings: DoctorFinding[] = wrong ? [failure('settings', wrong)] : [];
  // Loaded when wanted: a daemon never needs it.
  const { examine } = await import('../doctor/examination.ts');
  for await (const finding of examine(settings, host, AbortSignal.timeout(PATIENCE_MS)))
    findings.push(finding);
  return { findings: [...findings, ...(await agentFindings(context, flags))] };
}

/**
 * What the agent that runs here says of itself: a look from outside would need its secrets once more. Nothing where none runs, or
 * where it is not ours to ask.
 */
async function agentFindings(context: CliContext, flags: Flags): Promise<readonly DoctorFinding[]> {
  try {
    const { secrets, pipelines, leaks } = (await askStatus(context, flags, ASK_MS)).status;
    const { examineSecrets } = await import('../doctor/secrets-in-use.ts');
    return [
      ...examineSecrets(secrets?.inUse ?? []),
      ...leakFindings(leaks),
      ...pipelineFindings(pipelines ?? {}),
    ];
  } catch {
    return [];
  }
}

/** What talks to another region now. */
function leakFindings(leaks: LeaksDocument | undefined): readonly DoctorFinding[] {
  if (leaks === undefined || leaks.state === 'off') return [];
  const { text, isWell } = leaksLine(leaks);
  const seen = leaks.findings.map(({ says, region }): DoctorFinding => {
    const wayOut = 'landfall leaks';
    return { check: 'leaks', level: 'failure', says: oneLine(says), wayOut, code: 'LF_REGION_LEAK', region };
  });
  if (seen.length > 0) return seen;
  return [isWell ? good('leaks', text) : warning('leaks', text, 'landfall leaks')];
}

/** What it cannot ship. */
function pipelineFindings(pipelines: PipelinesDocument): readonly DoctorFinding[] {
  const troubles = (pipelines.logs?.entries ?? []).flatMap(({ entry, troubles: texts }) =>
    texts.map((text) => warning('logs', oneLine(`${entry}: ${text}`), 'landfall logs status')),
  );
  const lines = pipelineLines(pipelines).map(({ name, text, isWell }) =>
    isWell ? good(name, text) : warning(name, text, `landfall ${name} status`),
  );
  // Each trouble by itself says more than the line that has the first of them.
  return troubles.length > 0 ? [...troubles, ...lines.filter(({ check }) => check !== 'logs')] : lines;
}

async function imageFindings(
  context: CliContext,
  flags: Flags,
  root: string,
): Promise<readonly DoctorFinding[]> {
  const { region } = flags;
  if (flags['beforeImage'] === true) {
    throw usage('--before-image', 'it empties this host, and --root names another disk');
  }
  if (typeof region === 'string' && regionFacts(region) === undefined) {
    throw usage(`--region ${region}`, 'that is no region');
  }
  const { HostRoot } = await import('../doctor/base/host-root.ts');
  const { examineImage } = await import('../doctor/image.ts');
  const image = new HostRoot(resolve(context.cwd, root));
  if (!image.isFolder) throw usage(`--root ${root}`, 'there is no such folder');
  // The settings of this host say nothing about another disk.
  const stateDir = typeof flags['stateDir'] === 'string' ? flags['stateDir'] : SETTINGS.stateDir.default;
  const { ipRanges } = flags;
  const regionOf = typeof ipRanges === 'string' ? await readRegionOf(ipRanges, context) : undefined;
  return examineImage(image, stateDir, typeof region === 'string' ? region : undefined, regionOf);
}

/** A leak outweighs what merely stops the agent. */
function exitCodeAfter(findings: readonly DoctorFinding[]): number {
  const codes = findings.flatMap(({ code }) => (code === undefined ? [] : [exitCodeOf(code)]));
  const leak = exitCodeOf('LF_REGION_HOST');
  return codes.includes(leak) ? leak : (codes[0] ?? 0);
}

const MARKS: Readonly<Record<DoctorFinding['level'], readonly [mark: string, style: Style]>> = {
  ok: ['ok', 'green'],
  note: ['note', 'cyan'],
  warning: ['warning', 'yellow'],
  failure: ['failure', 'red'],
};

function table({ findings, emptied = [] }: Visit, { terminal }: CliContext): string {
  const gone = emptied.map(({ path, sha256 }) => [
    paint(terminal, 'cyan', 'emptied'),
    'state',
    oneLine(`${path} ${sha256.slice(0, 12)}`.trim()),
  ]);
  const rows = findings.flatMap(({ check, level, says, wayOut, code }) => {
    const [mark, style] = MARKS[level];
    const row = [
      paint(terminal, style, mark),
      check,
      oneLine(code === undefined ? says : `${says} [${code}]`),
    ];
    return wayOut === undefined ? [row] : [row, ['', '', paint(terminal, 'dim', wayOut)]];
  });
  return `${alignColumns([...gone, ...rows], terminal.columns)}${summary(findings)}\n`;
}

function summary(findings: readonly DoctorFinding[]): string {
  const count = (level: DoctorFinding['level']): string => {
    const number = findings.filter((finding) => finding.level === level).length;
    return `${number} ${level}${number === 1 ? '' : 's'}`;
  };
  return `${count('failure')}, ${count('warning')}, ${count('note')}`;
}

function usage(subject: string, cause: string): LandfallError {
  const hint = 'See `landfall doctor --help`.';
  return new LandfallError({ code: 'LF_USAGE', operation: 'read', subject, cause, hint });
}
