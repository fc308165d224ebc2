import { Option, type Command } from 'commander';
import { clientOf, type CliContext } from './context.ts';
import { alignColumns, asLine, oneLine, paint } from '../console/terminal.ts';

interface ConfigDocument {
  readonly properties: Readonly<Record<string, unknown>>;
}

export function addConfigCommand(program: Command, context: CliContext): void {
  program
    .command('config')
    .description('print the effective configuration')
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['table', 'json', 'yaml', 'properties', 'env'])
        .default('table'),
    )
    .option('--prefix <prefix>', 'only keys that start with this')
    .addHelpText('after', '\nExample:\n  landfall config --prefix db. --format env > /run/payroll.env')
    .action(async (options: { format: string; prefix?: string }, command: Command) => {
      const flags = command.optsWithGlobals();
      const format = flags['json'] === true ? 'json' : options.format;
      const query = new URLSearchParams({ format: format === 'table' ? 'json' : format });
      if (options.prefix !== undefined) query.set('prefix', options.prefix);
      const answer = await clientOf(context, flags).ask({
        path: `/v1/config?${query.toString()}`,
        accept: '*/*',
      });
      context.terminal.out(format === 'table' ? table(answer.body, context) : asLine(answer.body));
    });
}

function table(body: string, context: CliContext): string {
  const { properties } = JSON.parse(body) as ConfigDocument;
  const rows = Object.entries(properties).map(([key, value]) => [
    paint(context.terminal, 'cyan', key),
    oneLine(value),
  ]);
  return alignColumns(rows, context.terminal.columns);
}
