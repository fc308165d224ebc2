import type { Command } from 'commander';

/**
 * `landfall statis --help` is a mistake, too: commander would answer with the help of the program and 0. What it throws is
 * what it throws without `--help`.
 */
export function refuseHelpOfUnknown(program: Command): void {
  program.addHelpText('beforeAll', ({ command }) => {
    if (command.commands.length === 0 || command.registeredArguments.length > 0) return '';
    const names = command.commands.flatMap((known) => [known.name(), ...known.aliases()]);
    const unknown = command.args.find((word) => !word.startsWith('-') && !names.includes(word));
    if (unknown === undefined) return '';
    return command.error(`error: unknown command '${unknown}'`, { code: 'commander.unknownCommand' });
  });
}
