import type { Command } from 'commander';
import type { MetricsDocument } from '../metrics/metrics-report.ts';
import type { CliContext } from './context.ts';
import { askStatus } from './status-answer.ts';
import { alignColumns, asLine, oneLine, paint, type Style } from '../console/terminal.ts';

export function addMetricsCommand(program: Command, context: CliContext): void {
  const metrics = program
    .command('metrics')
    .description('metrics of this instance on their way to CloudWatch')
    .addHelpText('after', '\nExample:\n  landfall metrics status');
  metrics
    .command('status')
    .description('series and their cost, what was sent, what was dropped and why, what waits')
    .addHelpText('after', '\nExample:\n  landfall metrics status --json')
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const { status } = await askStatus(context, flags);
      const document = status.pipelines?.metrics;
      const text =
        flags['json'] === true ? asLine(JSON.stringify(document ?? null)) : screen(document, context);
      context.terminal.out(text);
    });
}

function screen(document: MetricsDocument | undefined, context: CliContext): string {
  if (!document) return 'no metrics are sent\n';
  const style = (name: Style, text: string): string => paint(context.terminal, name, text);
  const { cost, queue, dropped, statsd, waitingFor, failing, hangingMounts } = document;
  const losses = Object.entries(dropped).filter(([, count]) => count > 0);
  const rows = [
    [
      style('bold', 'metrics'),
      `${oneLine(document.namespace)}, profile ${document.profile}, every ${document.interval}`,
    ],
    [style('dim', 'sampled'), document.sampledAt ?? 'never'],
    [
      style('dim', 'series'),
      `${document.series}, about $${cost.dollarsPerMonth.toFixed(2)} a month at $${cost.dollarsPerSeries.toFixed(2)} each`,
    ],
    [
      '',
      style(
        'dim',
        'the price of the first 10,000 custom metrics of an account in most regions; requests not counted',
      ),
    ],
    [
      style('dim', 'sent'),
      `${document.sent} in ${document.requests} requests, ${document.failedRequests} failed`,
    ],
    [style('dim', 'waiting'), `${queue.memory} in memory, ${queue.disk} in ${queue.records} records on disk`],
    [
      style('dim', 'dropped'),
      losses.length === 0 ? 'none' : losses.map(([cause, count]) => `${count} ${cause}`).join(', '),
    ],
    ...(statsd ? [[style('dim', 'statsd'), statsdLine(statsd)]] : []),
    ...(waitingFor === null
      ? []
      : [[style('yellow', 'waits'), `no tag of this instance for ${oneLine(waitingFor)}`]]),
    ...(failing === null ? [] : [[style('red', 'failing'), `${failing}; it is tried again without end`]]),
    ...hangingMounts.map((path) => [style('yellow', 'hangs'), oneLine(path)]),
    ...document.mountsNotThere.map((path) => [style('yellow', 'not mounted'), oneLine(path)]),
    ...(statsd === null || statsd.lastMalformed === null
      ? []
      : [[style('yellow', 'malformed'), statsd.lastMalformed]]),
  ];
  return alignColumns(rows, context.terminal.columns);
}

function statsdLine(statsd: NonNullable<MetricsDocument['statsd']>): string {
  const place = statsd.port === null ? 'the port is taken' : `port ${statsd.port}`;
  return `${place}, ${statsd.packets} packets, ${statsd.samples} samples, ${statsd.malformed} malformed, ${statsd.ignored} ignored, ${statsd.kernelDrops} dropped by the kernel, ${statsd.overflow} over budget`;
}
