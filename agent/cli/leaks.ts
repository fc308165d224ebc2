import type { Command } from 'commander';
import { exitCodeOf } from '#kit/errors.ts';
import type { Finish } from '../console/command-line.ts';
import type { LeaksDocument } from '../daemon/reporting/leaks.ts';
import type { CliContext } from './context.ts';
import { askStatus } from './status-answer.ts';
import { alignColumns, oneLine, paint } from '../console/terminal.ts';

const HELP = `
Example:
  landfall leaks --json

Exit codes: 0 nothing here leads to another region; 6 something does.`;

export function addLeaksCommand(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('leaks')
    .description('what on this host talks to another region, by process, unit and key')
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      // An older agent does not say.
      const { status } = await askStatus(context, flags);
      const leaks: LeaksDocument = status.leaks ?? { state: 'off', mode: 'off', findings: [] };
      context.terminal.out(flags['json'] === true ? `${JSON.stringify(leaks)}\n` : screen(leaks, context));
      finish(leaks.findings.length > 0 ? exitCodeOf('LF_REGION_LEAK') : 0);
    });
}

function screen(leaks: LeaksDocument, { terminal }: CliContext): string {
  const { findings, left = 0 } = leaks;
  const { text, isWell } = leaksLine(leaks);
  const rows = findings.flatMap(({ says, to, open, since, for: time, keys }) => [
    [paint(terminal, 'red', 'leak'), oneLine(says)],
    [
      '',
      paint(
        terminal,
        'dim',
        oneLine(
          [
            `since ${since} (${time})`,
            open === 0 ? 'not open now' : `${open} open`,
            ...(to.length > 1 ? [`also ${to.slice(1).join(', ')}`] : []),
            ...(keys.length > 0 ? [`key ${keys.join(', ')}`] : []),
          ].join('; '),
        ),
      ),
    ],
  ]);
  const more = left > 0 ? [['', `and ${left} more`]] : [];
  return alignColumns(
    [[isWell ? 'watch' : paint(terminal, 'yellow', 'watch'), text], ...rows, ...more],
    terminal.columns,
  );
}

/** What `landfall status` and `landfall doctor` say in one line. */
export function leaksLine(leaks: LeaksDocument): { readonly text: string; readonly isWell: boolean } {
  const { state, mode, findings, sockets, table, blind, excused = 0, inbound = 0, isCut, names } = leaks;
  if (state === 'off')
    return { text: 'off: no table of address ranges is given, and no plan says leaks:', isWell: true };
  if (state === 'starting') return { text: 'the first look is to come', isWell: true };
  const of = table?.from ? `, table ${table.age} old` : '';
  const count = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
  const parts = [
    `${mode === 'refuse' ? 'refuse, ' : ''}${count}`,
    ...(state === 'blind'
      ? [`blind: ${oneLine(blind ?? '')}`]
      : [`${sockets} sockets looked at${isCut ? ', not all' : ''}${of}`]),
    ...(names ? [`${names} names`] : []),
    ...(excused > 0 ? [`${excused} excused`] : []),
    ...(inbound !== null && inbound > 0 ? [`${inbound} opened from there`] : []),
  ];
  return { text: parts.join('; '), isWell: findings.length === 0 && state !== 'blind' };
}
