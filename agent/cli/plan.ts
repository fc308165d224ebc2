import type { Command } from 'commander';
import { LandfallError } from '#kit/errors.ts';
import { settingsOf, type CliContext, type Flags } from './context.ts';
import { startFault } from './daemon-settings.ts';
import { hostOf } from './host.ts';
import { alignColumns, oneLine, paint } from '../console/terminal.ts';

/** Long enough for a source that is slow, and far too short for one that is gone. */
const PATIENCE_MS = 60_000;

export function addPlanCommand(program: Command, context: CliContext): void {
  program
    .command('plan')
    .description('what applying the configuration of now would change on this host; changes nothing')
    .addHelpText('after', '\nExample:\n  landfall plan --source s3://acme-config-{region}/payroll')
    .action((_options: unknown, command: Command) => showPlan(context, command.optsWithGlobals()));
}

/** Also of `bootstrap --dry-run`: a boot is the first application. @throws LandfallError */
export async function showPlan(context: CliContext, flags: Flags): Promise<void> {
  const settings = settingsOf(context, flags);
  const fault = startFault(settings);
  if (fault) throw new LandfallError(fault);
  // Loaded when wanted: a daemon never needs it.
  const { dryRun } = await import('../daemon/applying/dry-run.ts');
  const result = await dryRun(settings, hostOf(context, settings), AbortSignal.timeout(PATIENCE_MS));
  if (result.kind !== 'ok') throw new LandfallError(result.fault);
  const { generation, changes, failures } = result.value;
  const [failure] = failures;
  const { release, digest, facts } = generation;
  const keys = generation.effective.size;
  const { terminal } = context;
  if (flags['json'] === true) {
    const { region, instanceId } = facts;
    const failed = failures.map(({ code, subject, cause }) => ({ code, subject, cause }));
    const document = { region, instanceId, release, digest, keys, changes, failures: failed };
    terminal.out(`${JSON.stringify(document)}\n`);
    if (failure) throw new LandfallError(failure);
    return;
  }
  const dim = (text: string): string => paint(terminal, 'dim', text);
  const rows = changes.map(({ entry, action, subject, reason }) => [
    paint(terminal, 'cyan', entry),
    action,
    oneLine(subject),
    dim(reason ?? ''),
  ]);
  const of = release === null ? '' : ` of release ${release}`;
  const verdict =
    changes.length === 0 ? 'nothing would change' : `${changes.length} would change, in this order`;
  terminal.out(`${alignColumns(rows, terminal.columns)}${verdict}; ${keys} keys${of} in ${facts.region}\n`);
  for (const { code, subject, cause } of failures.slice(1))
    terminal.err(
      `${paint(terminal, 'yellow', 'cannot be told')} ${oneLine(subject)}: ${oneLine(cause)} [${code}]\n`,
    );
  if (failure) throw new LandfallError(failure);
}
