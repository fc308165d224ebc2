import type { Command } from 'commander';
import { clientOf, type CliContext } from './context.ts';
import { asLine } from '../console/terminal.ts';

/** A poll may have to wait for the one under way, and for a slow source. */
const PATIENCE_MS = 5 * 60_000;

interface Refreshed {
  readonly changed: boolean;
  readonly generation: number;
  /** Left out where none is in use. */
  readonly secrets?: { readonly inUse: number; readonly stale: number };
}

export function addRefreshCommand(program: Command, context: CliContext): void {
  program
    .command('refresh')
    .description('poll the source and read secrets now; exits when the outcome is known')
    .addHelpText('after', '\nExample:\n  landfall refresh && landfall status')
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const poll = { method: 'POST', path: '/v1/refresh', timeoutMs: PATIENCE_MS } as const;
      const answer = await clientOf(context, flags).ask(poll);
      if (flags['json'] === true) {
        context.terminal.out(asLine(answer.body));
        return;
      }
      context.terminal.out(`${sentence(JSON.parse(answer.body) as Refreshed)}\n`);
    });
}

function sentence({ changed, generation, secrets }: Refreshed): string {
  const at = `${changed ? 'now' : 'still'} at generation ${generation}`;
  if (!secrets || secrets.stale === 0) return at;
  return `${at}; ${secrets.stale} of ${secrets.inUse} secrets could not be read: see landfall status`;
}
