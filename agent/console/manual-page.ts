import type { Command, Option } from 'commander';
import { HIDDEN } from './completion-model.ts';

/** The manual page of a program as roff of man(7), read off the program itself, as `--help` is. */
export function manualPage(program: Command, version: string): string {
  const name = program.name();
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((command) => command.name() !== HIDDEN);
  return [
    `.TH ${roff(name.toUpperCase())} 1 "" "${roff(`${name} ${version}`)}" "Landfall"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(program.description().replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    `.B ${roff(name)}`,
    '.I command',
    '[\\fIoptions\\fR]',
    '.SH COMMANDS',
    ...commands.flatMap((command) => [
      ...commandLines(name, command),
      ...command.commands.flatMap((inner) => commandLines(`${name} ${command.name()}`, inner)),
    ]),
    '.SH OPTIONS',
    'Of every command:',
    ...program.options.flatMap(optionLines),
    '.SH FILES',
    '.TP',
    '.I /etc/landfall/agent.yaml',
    'Settings, by the names of the long options: \\fBstateDir\\fR for \\fB\\-\\-state\\-dir\\fR.',
    '.SH EXIT STATUS',
    '0 where all went well; the other codes stand in docs/errors.md, each with what to do.',
    '',
  ].join('\n');
}

function commandLines(before: string, command: Command): readonly string[] {
  const taken = command.registeredArguments.map((argument) => {
    const word = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${word}>` : `[${word}]`;
  });
  return [
    `.SS "${[before, command.name(), ...taken].map(roff).join(' ')}"`,
    roff(command.description()),
    ...command.options.flatMap(optionLines),
  ];
}

function optionLines({ flags, description, defaultValue, argChoices, hidden }: Option): readonly string[] {
  if (hidden) return [];
  const more = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(typeof defaultValue === 'string' && defaultValue !== '' ? [`default: ${defaultValue}`] : []),
  ];
  const told = more.length === 0 ? description : `${description} (${more.join('; ')})`;
  return ['.TP', `.B ${roff(flags)}`, roff(told)];
}

/** No line of a text is a request, no backslash an escape, and a hyphen is one that can be copied. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}
