import type { Command } from 'commander';
import { clientOf, type CliContext } from './context.ts';
import { alignColumns, asLine, oneLine, paint } from '../console/terminal.ts';

interface LayersDocument {
  readonly layers: readonly {
    readonly name: string;
    readonly state: string;
    readonly reason?: string;
    readonly keys: number;
    readonly store?: {
      readonly state: string;
      readonly version: string | null;
      readonly age: string | null;
      readonly servedFrom: string | null;
      readonly failure: { readonly code: string; readonly message: string; readonly hint: string } | null;
    };
  }[];
}

export function addLayersCommand(program: Command, context: CliContext): void {
  program
    .command('layers')
    .description('the layers of this instance, weakest first, and how fresh those of other stores are')
    .addHelpText('after', '\nExample:\n  landfall layers')
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const answer = await clientOf(context, flags).ask({ path: '/v1/layers' });
      const text =
        flags['json'] === true
          ? asLine(answer.body)
          : table(JSON.parse(answer.body) as LayersDocument, context);
      context.terminal.out(text);
    });
}

function table({ layers }: LayersDocument, { terminal }: CliContext): string {
  const dim = (text: string): string => paint(terminal, 'dim', text);
  const warn = (text: string): string => paint(terminal, 'yellow', text);
  const rows = layers.flatMap(({ name, state, reason, keys, store }) => {
    const count = keys === 1 ? '1 key' : `${keys} keys`;
    const what = state === 'present' ? count : dim(state);
    if (!store) return [[oneLine(name), what, dim(oneLine(reason ?? ''))]];
    const { failure } = store;
    const version = store.version === null ? '' : `, version ${oneLine(store.version)}`;
    const kept = store.servedFrom === 'last-good' ? ', as kept by an earlier run' : '';
    const read = store.age === null ? 'not read yet' : `read ${store.age} ago`;
    const freshness = `${store.state}, ${read}${version}${kept}`;
    return [
      [oneLine(name), what, failure ? warn(freshness) : dim(freshness)],
      ...(failure
        ? [['', '', `${oneLine(failure.message)}. ${oneLine(failure.hint)} [${failure.code}]`]]
        : []),
    ];
  });
  return alignColumns(rows, terminal.columns);
}
