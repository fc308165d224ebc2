import type { Command } from 'commander';
import { clientOf, type CliContext } from './context.ts';
import { asLine } from './terminal.ts';

/** A poll may have to wait for the one under way, and for a slow source. */
const PATIENCE_MS = 5 * 60_000;

export function addRefreshCommand(program: Command, context: CliContext): void {
  program
    .command('refresh')
    .description('poll the source now; exits when the outcome is known')
    .addHelpText('after', '\nExample:\n  landfall refresh && landfall status')
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const poll = { method: 'POST', path: '/v1/refresh', timeoutMs: PATIENCE_MS } as const;
      const answer = await clientOf(context, flags).ask(poll);
      if (flags['json'] === true) {
        context.terminal.out(asLine(answer.body));
        return;
      }
      const result = JSON.parse(answer.body) as { changed: boolean; generation: number };
      context.terminal.out(`${result.changed ? 'now' : 'still'} at generation ${result.generation}\n`);
    });
}
