import type { Command } from 'commander';
import type { Amount, LedgerDocument } from '../logs/base/ledger.ts';
import type { LogsDocument } from '../logs/shipper-status.ts';
import type { CliContext } from './context.ts';
import { askStatus } from './status-answer.ts';
import { alignColumns, asLine, oneLine, paint, type Style } from '../console/terminal.ts';

export function addLogsCommand(program: Command, context: CliContext): void {
  const logs = program
    .command('logs')
    .description('what is shipped to CloudWatch Logs')
    .addHelpText('after', '\nExample:\n  landfall logs status');
  logs
    .command('status')
    .description('where every event of every source has gone: the counts of a row add up to what was read')
    .addHelpText('after', '\nExample:\n  landfall logs status --json')
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const { status } = await askStatus(context, flags);
      const document = status.pipelines?.logs;
      const text =
        flags['json'] === true ? asLine(JSON.stringify(document ?? null)) : screen(document, context);
      context.terminal.out(text);
    });
}

const HEAD = [
  'source',
  'read',
  'acknowledged',
  'filtered',
  'rejected',
  'quarantined',
  'lost',
  'in flight',
  'lag',
];

function screen(logs: LogsDocument | undefined, context: CliContext): string {
  const style = (name: Style, text: string): string => paint(context.terminal, name, text);
  if (!logs || (logs.entries.length === 0 && logs.waiting.length === 0)) return 'no logs are shipped\n';
  const rows = logs.entries.flatMap(({ entry, kind, ledger, sources }) => [
    rowOf(style('bold', `${oneLine(entry)} (${kind})`), ledger, longestLag(sources)),
    // One source is the entry.
    ...(sources.length < 2
      ? []
      : sources.map((one) => rowOf(`  ${oneLine(one.source)}`, one.ledger, one.lagMs))),
  ]);
  const table = alignColumns([HEAD.map((title) => style('dim', title)), ...rows], context.terminal.columns);
  return [table, ...notes(logs, style)].join('');
}

function longestLag(sources: LogsDocument['entries'][number]['sources']): number | null {
  const lags = sources.flatMap(({ lagMs }) => lagMs ?? []);
  return lags.length === 0 ? null : Math.max(...lags);
}

function notes(logs: LogsDocument, style: (name: Style, text: string) => string): readonly string[] {
  const lost = logs.entries.flatMap(({ entry, ledger }) => [
    ...causes(`${oneLine(entry)} lost`, ledger.lost),
    ...causes(`${oneLine(entry)} rejected`, ledger.rejected),
  ]);
  const waiting = logs.waiting.map(({ entry, needs }) => `${oneLine(entry)} waits for ${oneLine(needs)}`);
  const held = logs.streams.flatMap(({ group, stream, trouble }) =>
    trouble
      ? [
          `${oneLine(group)} ${oneLine(stream)} is held since ${trouble.since}: ${trouble.kind} (${trouble.code})`,
        ]
      : [],
  );
  const disk = logs.checkpoints === 'failing' ? ['checkpoints cannot be written'] : [];
  const inherited = logs.entries.flatMap(({ entry, inherited: { bytes } = { bytes: 0 } }) =>
    bytes > 0 ? [`${oneLine(entry)} inherited: ${bytes} bytes of another instance were left out`] : [],
  );
  const misfits = logs.groups.map(misfit);
  const troubles = logs.entries.flatMap(({ entry, troubles: texts }) =>
    texts.map((text) => `${oneLine(entry)}: ${oneLine(text)}`),
  );
  return [
    ...[...troubles, ...waiting, ...held, ...misfits, ...disk, ...lost].map(
      (note) => `${style('yellow', note)}\n`,
    ),
    ...inherited.map((note) => `${style('dim', note)}\n`),
  ];
}

function misfit({
  group,
  setting,
  trouble,
  action,
  code,
  expected,
  found,
}: LogsDocument['groups'][number]): string {
  const difference = expected === null ? '' : ` (wanted ${expected}${found === null ? '' : `, is ${found}`})`;
  const why =
    trouble === 'fixed' ? 'AWS changes it for no group that is there' : `${trouble}, ${action}: ${code}`;
  return `${oneLine(group)}: ${setting} is not as the plan has it${difference}: ${why}`;
}

function causes(what: string, amounts: Readonly<Record<string, Amount>>): readonly string[] {
  return Object.entries(amounts)
    .filter(([, { events, bytes }]) => events > 0 || bytes > 0)
    .map(([cause, { events, bytes }]) => `${what}: ${events} events, ${bytes} bytes, ${cause}`);
}

function rowOf(name: string, ledger: LedgerDocument, lagMs: number | null): readonly string[] {
  const { read, acknowledged, filtered, rejected, quarantined, lost, inFlight } = ledger;
  const counts = [read, acknowledged, filtered, sumOf(rejected), quarantined, sumOf(lost), inFlight];
  return [
    name,
    ...counts.map(({ events }) => String(events)),
    lagMs === null ? '' : `${Math.round(lagMs / 1000)}s`,
  ];
}

function sumOf(amounts: Readonly<Record<string, Amount>>): Amount {
  const all = Object.values(amounts);
  return {
    events: all.reduce((sum, { events }) => sum + events, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
