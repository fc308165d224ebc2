import type { Command } from 'commander';
import { clientOf, type CliContext } from './context.ts';
import { alignColumns, asLine, oneLine, paint } from '../console/terminal.ts';

interface Explanation {
  readonly key: string;
  /** A text, or the items of a list. */
  readonly value: unknown;
  readonly raw: string;
  readonly winner: {
    readonly layer: string;
    readonly file: string;
    readonly line: number;
    readonly object: string;
  };
  readonly shadowed: readonly {
    readonly layer: string;
    readonly file: string;
    readonly line: number;
    readonly raw: string;
  }[];
  /** Null where the name stands for nothing and the reference's default was taken. `version`: it is a secret. */
  readonly references: readonly {
    readonly key: string;
    readonly value: string | null;
    readonly version?: string;
  }[];
  readonly generation: number;
  readonly since: string;
}

export function addExplainCommand(program: Command, context: CliContext): void {
  program
    .command('explain')
    .argument('<key>')
    .description('where a value comes from, and what it shadows')
    .addHelpText('after', '\nExample:\n  landfall explain db.url')
    .action(async (key: string, _options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const answer = await clientOf(context, flags).ask({ path: `/v1/explain/${encodeURIComponent(key)}` });
      const text =
        flags['json'] === true ? asLine(answer.body) : story(JSON.parse(answer.body) as Explanation, context);
      context.terminal.out(text);
    });
}

function story(explanation: Explanation, context: CliContext): string {
  const dim = (text: string): string => paint(context.terminal, 'dim', text);
  const reference = (value: string | null, key: string): string => {
    if (value !== null) return oneLine(value);
    return dim(/^@(?:ssm|secret):/.test(key) ? 'nothing: there is none, its default was taken' : 'nothing');
  };
  const { winner } = explanation;
  const rows = [
    [dim('set by'), winner.layer, placeOf(winner), oneLine(explanation.raw), dim(winner.object)],
    ...explanation.shadowed.map((loser) => [dim('shadows'), loser.layer, placeOf(loser), oneLine(loser.raw)]),
    ...explanation.references.map(({ key, value, version }) => [
      dim('reads'),
      key,
      '',
      version === undefined ? reference(value, key) : `secret, version ${oneLine(version)}`,
    ]),
  ];
  const value = paint(context.terminal, 'cyan', oneLine(explanation.value));
  const head = `${paint(context.terminal, 'bold', explanation.key)} = ${value}\n`;
  const foot = `  ${dim('since')} ${explanation.since}, generation ${explanation.generation}\n`;
  const width = Math.max(0, context.terminal.columns - 2);
  return head + alignColumns(rows, width).replaceAll(/^/gm, '  ').trimEnd() + `\n${foot}`;
}

function placeOf({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${file}:${line}`;
}
