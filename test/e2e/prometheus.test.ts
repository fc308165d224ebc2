import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { Prometheus, PROMETHEUS_IS_MISSING } from '../support/prometheus.ts';
import type { Citizen } from './citizen.ts';
import { Payroll } from './payroll.ts';

beforeEach(({ skip }) => {
  if (PROMETHEUS_IS_MISSING !== undefined) skip(PROMETHEUS_IS_MISSING);
});

it('a real Prometheus scrapes both formats, and has the figures that CloudWatch got', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-scraped-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'app.log'), 'one\ntwo\nthree\n');
  await using payroll = await Payroll.open({
    files: {
      // Refused at boot, before there is anybody to count for.
      'base/app.properties': 'a=${nobody}\n',
      'base/plan.yaml': [
        `logs: { app: { path: "${folder}/*.log", group: "/app" } }`,
        'metrics:',
        '  namespace: Scraped',
        '  interval: 1s',
        '  own: true',
        '  statsd: 127.0.0.1:0',
        '  collect: [cpu, memory, swap, disk, diskio, network, netstat, load, processes, files]',
        '',
      ].join('\n'),
    },
  });
  const citizen = payroll.start();
  await citizen.fails('LF_REFERENCE_UNKNOWN');
  payroll.put('base/app.properties', 'a=1\n');
  await citizen.ready();
  await citizen.until('/metrics', ({ text }) => /acknowledged_events_total\{.*\} 3\n/.test(text));
  const { port } = citizen.tcp;
  await using prometheus = await Prometheus.start({ openmetrics: port, text: await textOnly(citizen) });

  const query = (expression: string) => prometheus.query(expression);
  await until(async () => (await query('count_over_time(up[1m]) > 4')).length === 2);
  for (const job of ['openmetrics', 'text']) {
    expect((await query(`min_over_time(up{job="${job}"}[1m])`))[0]?.values, job).toEqual([1]);
  }
  for (const target of await prometheus.targets()) {
    expect(target).toMatchObject({ health: 'up', lastError: '' });
  }
  expect(await prometheus.typesOf('landfall_build')).toEqual({ openmetrics: 'info' });
  expect(await prometheus.typesOf('landfall_build_info')).toEqual({ text: 'gauge' });

  // Where the logs went: what Prometheus reads is what CloudWatch was told, step by step.
  const [acknowledged] = await query('landfall_log_acknowledged_events_total{job="openmetrics"}');
  expect(acknowledged).toMatchObject({ labels: { entry: 'app' }, values: [3] });
  const toldOf = (name: string) =>
    payroll.sandbox.metrics.data.filter((datum) => datum.name === name).flatMap(({ values }) => values);
  await until(() => sum(toldOf('landfall_log_acknowledged_events')) === 3);
  expect(sum(toldOf('landfall_log_read_bytes'))).toBe(11);
  expect((await query('landfall_log_lag_seconds'))[0]?.values).toEqual([0]);

  const [refusals] = await query('landfall_refusals_total{job="openmetrics"}');
  expect(refusals?.labels).toMatchObject({ code: 'LF_REFERENCE_UNKNOWN' });
  await until(() => sum(toldOf('landfall_refusals')) === refusals?.values[0]);

  // Every sample of the host that was scraped is one that was sent, to the last bit.
  for (const [scraped, sent] of HOST_FIGURES) {
    const series = await query(`${scraped}{job="openmetrics"}[1m]`);
    const values = new Set(series.flatMap((one) => one.values));
    expect(values.size, scraped).toBeGreaterThan(0);
    await until(() => [...values].every((value) => toldOf(sent).includes(value)));
  }
  const text = (await citizen.askTcp('/metrics')).text;
  const check = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect([check.status, check.stdout, check.stderr]).toEqual([0, '', '']);
}, 60_000);

const HOST_FIGURES = [
  ['landfall_host_memory_available_bytes', 'MemoryAvailable'],
  ['landfall_host_load1', 'Load1'],
  ['landfall_host_processes', 'Processes'],
  ['landfall_host_disk_available_bytes', 'DiskAvailable'],
  ['landfall_generation', 'landfall_generation'],
] as const;

/** Where a scraper finds the text format, though it would rather have the other. */
async function textOnly(citizen: Citizen): Promise<number> {
  const relay = createServer((_request, response) => void pass(response));
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    relay.closeAllConnections();
    relay.close();
  });
  return (relay.address() as AddressInfo).port;

  async function pass(response: ServerResponse): Promise<void> {
    const { headers, text } = await citizen.askTcp('/metrics', { headers: { accept: 'text/plain' } });
    response.writeHead(200, { 'content-type': headers['content-type'] }).end(text);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; !(await condition());) {
    if (performance.now() > end) throw new Error('it never came to that');
    await sleep(50);
  }
}
