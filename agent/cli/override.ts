import type { Command } from 'commander';
import { clientOf, type CliContext } from './context.ts';
import { asLine } from '../console/terminal.ts';

export function addOverrideCommands(program: Command, context: CliContext): void {
  program
    .command('set')
    .argument('<key>')
    .argument('<value>')
    .requiredOption('--for <duration>', 'how long it holds, such as 1h; at most 30d')
    .requiredOption('--reason <text>', 'why; shown by status')
    .description('override one value on this instance for a while')
    .addHelpText('after', "\nExample:\n  landfall set log.level DEBUG --for 1h --reason 'ticket 4711'")
    .action(
      async (key: string, value: string, options: { for: string; reason: string }, command: Command) => {
        const flags = command.optsWithGlobals();
        const body = { value, for: options.for, reason: options.reason };
        const answer = await clientOf(context, flags).ask({ method: 'PUT', path: pathOf(key), body });
        report(context, flags['json'] === true, answer.body, `${key} overridden for ${options.for}`);
      },
    );
  program
    .command('unset')
    .argument('<overridden-key>')
    .description('end an override before it expires')
    .addHelpText('after', '\nExample:\n  landfall unset log.level')
    .action(async (key: string, _options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const answer = await clientOf(context, flags).ask({ method: 'DELETE', path: pathOf(key) });
      report(context, flags['json'] === true, answer.body, `${key} is no longer overridden`);
    });
}

function pathOf(key: string): string {
  return `/v1/overrides/${encodeURIComponent(key)}`;
}

function report(context: CliContext, json: boolean, body: string, sentence: string): void {
  context.terminal.out(json ? asLine(body) : `${sentence}\n`);
}
