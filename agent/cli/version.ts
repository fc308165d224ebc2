import type { Command } from 'commander';
import type { CliContext } from './context.ts';

export function addVersionCommand(program: Command, context: CliContext): void {
  program
    .command('version')
    .description('print the version')
    .addHelpText('after', '\nExample:\n  landfall version --json')
    .action((_options: unknown, command: Command) => {
      const json = command.optsWithGlobals()['json'] === true;
      context.terminal.out(
        json ? `${JSON.stringify({ version: context.version })}\n` : `landfall ${context.version}\n`,
      );
    });
}
