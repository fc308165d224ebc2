import type { Command } from 'commander';
import { exitCodeOf } from '#kit/errors.ts';
import { examine } from '../doctor/examination.ts';
import { failure, type DoctorFinding } from '../doctor/finding.ts';
import { settingsOf, type CliContext } from './context.ts';
import { startFault } from './daemon-settings.ts';
import { hostOf } from './host.ts';
import type { Finish } from './program.ts';
import { alignColumns, oneLine, paint, type Style } from './terminal.ts';

const PATIENCE_MS = 20_000;

export function addDoctorCommand(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('doctor')
    .description('what on this host could leak another region, and what would stop the agent')
    .addHelpText('after', '\nExample:\n  landfall doctor --source s3://acme-config-{region}/payroll')
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const settings = settingsOf(context, flags);
      const wrong = startFault(settings);
      const findings: DoctorFinding[] = wrong ? [failure('settings', wrong)] : [];
      const host = hostOf(context, { ...settings, logLevel: 'error' });
      for await (const finding of examine(settings, host, AbortSignal.timeout(PATIENCE_MS))) {
        findings.push(finding);
      }
      const text = flags['json'] === true ? `${JSON.stringify({ findings })}\n` : table(findings, context);
      context.terminal.out(text);
      const first = findings.find((finding) => finding.code !== undefined)?.code;
      finish(first === undefined ? 0 : exitCodeOf(first));
    });
}

const MARKS: Readonly<Record<DoctorFinding['level'], readonly [mark: string, style: Style]>> = {
  ok: ['ok', 'green'],
  note: ['note', 'cyan'],
  warning: ['warning', 'yellow'],
  failure: ['failure', 'red'],
};

function table(findings: readonly DoctorFinding[], { terminal }: CliContext): string {
  const rows = findings.flatMap(({ check, level, says, wayOut, code }) => {
    const [mark, style] = MARKS[level];
    const row = [
      paint(terminal, style, mark),
      check,
      oneLine(code === undefined ? says : `${says} [${code}]`),
    ];
    return wayOut === undefined ? [row] : [row, ['', '', paint(terminal, 'dim', wayOut)]];
  });
  return alignColumns(rows);
}
