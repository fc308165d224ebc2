import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addMetricsCommand } from '#agent/cli/metrics.ts';
import type { MetricsDocument } from '#agent/metrics/metrics-report.ts';
import { cliBench } from '../support/cli-bench.ts';

const DOCUMENT: MetricsDocument = {
  namespace: 'Landfall/prod',
  profile: 'default',
  interval: '1m',
  waitingFor: null,
  sampledAt: '2026-11-21T00:00:00.000Z',
  series: 12,
  cost: { dollarsPerMonth: 3.6, dollarsPerSeries: 0.3 },
  taken: 290,
  sent: 240,
  requests: 20,
  failedRequests: 1,
  failing: 'ThrottlingException',
  queue: { memory: 3, disk: 40, records: 2 },
  dropped: { quarantined: 1, overflow: 0, seriesBudget: 7 },
  hangingMounts: ['/efs'],
  mountsNotThere: [],
  statsd: {
    port: 8125,
    packets: 9,
    samples: 8,
    malformed: 1,
    lastMalformed: null,
    ignored: 0,
    kernelDrops: 2,
    overflow: 7,
  },
};

/** The command alone, in front of a real API server. */
async function metricsLine(document: object | undefined, ...args: readonly string[]) {
  const cli = await cliBench();
  cli.api.backend.status = () => ({ pipelines: document === undefined ? {} : { metrics: document } });
  const program = new Command('landfall').exitOverride().option('--json').option('--config <file>');
  addMetricsCommand(program, cli.context);
  await program.parseAsync(['metrics', 'status', ...args], { from: 'user' });
  return cli;
}

it('shows what goes where, what it costs and on which assumption, and what was lost by cause', async () => {
  const cli = await metricsLine(DOCUMENT);
  const text = cli.out();
  expect(text).toContain('Landfall/prod, profile default, every 1m');
  expect(text).toContain('12, about $3.60 a month at $0.30 each');
  expect(text).toContain('first 10,000 custom metrics');
  expect(text).toContain('3 in memory, 40 in 2 records on disk');
  expect(text).toMatch(/dropped +1 quarantined, 7 seriesBudget\n/);
  expect(text).toMatch(/failing +ThrottlingException/);
  expect(text).toMatch(/hangs +\/efs/);
  expect(text).toContain('2 dropped by the kernel');
});

it('gives the document with --json', async () => {
  const cli = await metricsLine(DOCUMENT, '--json');
  expect(JSON.parse(cli.out())).toEqual(DOCUMENT);
});

it('says so when no metrics are asked for', async () => {
  const cli = await metricsLine(undefined);
  expect(cli.out()).toBe('no metrics are sent\n');
});
