import type { Command } from 'commander';
import { clientOf, type CliContext } from './context.ts';
import { asLine } from '../console/terminal.ts';

export function addGetCommand(program: Command, context: CliContext): void {
  program
    .command('get')
    .argument('<key>')
    .description('print one effective value, and nothing else')
    .addHelpText('after', '\nExample:\n  DB_HOST=$(landfall get db.host)')
    .action(async (key: string, _options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const json = flags['json'] === true;
      const answer = await clientOf(context, flags).ask({
        path: `/v1/config/${encodeURIComponent(key)}`,
        accept: json ? 'application/json' : 'text/plain',
      });
      context.terminal.out(json ? asLine(answer.body) : `${answer.body}\n`);
    });
}
