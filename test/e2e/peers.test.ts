import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Payroll, REGION } from './payroll.ts';

it('a balancer finds the server that is online, and is without it at once when that leaves', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-peers-'));
  const target = join(folder, 'upstream.conf');
  const reloads = join(folder, 'reloads');
  const text = (path = target): string => readFileSync(path, 'utf8');
  const payroll = await Payroll.open({
    instance: { tags: { role: 'lb', environment: 'prod' } },
    files: {
      'base/app.properties': 'app.port=8080\n',
      'role/app/plan.yaml': 'peers: {}\n',
      'role/lb/plan.yaml': [
        'peers: { role: app, every: 5s }',
        'templates:',
        `  upstream: { source: templates/u.liquid, target: ${target}, reload: "echo reload >> ${reloads}" }`,
        '',
      ].join('\n'),
      'role/lb/templates/u.liquid':
        '{% for peer in landfall.peers %}server {{ peer.address }}:{{ app.port }};\n{% else %}none\n{% endfor %}',
    },
  });
  onTestFinished(async () => {
    await payroll[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const tags = { role: 'app', environment: 'prod' };
  const server = await payroll.sandbox.addInstance({
    region: REGION,
    instanceId: 'i-0a9900000000000aa',
    tags,
  });
  const app = await payroll.run({ imdsUrl: server.imdsUrl });
  await app.until('/v1/status', ({ text: status }) => status.includes('"announced":true'));

  const balancer = await payroll.run();
  expect(text()).toMatch(/^server [0-9.]+:8080;\n$/);
  expect((await balancer.cli('status')).stdout).toMatch(
    /peers +1 online \(role app, environment prod\), fresh/,
  );

  const time = new Date(Date.now() + 120_000).toISOString().replace(/\.\d+/, '');
  server.setMetadata('spot/instance-action', JSON.stringify({ action: 'terminate', time }));
  while (text() !== 'none\n') await sleep(20);
  const [gone] = ((await balancer.json('/v1/status'))['peers'] as { gone: unknown[] }).gone;
  expect(gone).toMatchObject({ id: server.instanceId, zone: expect.any(String), how: 'left' });
  expect(text(reloads).trim().split('\n').length).toBeLessThanOrEqual(2);
}, 60_000);
