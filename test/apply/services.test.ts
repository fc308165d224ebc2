import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ApplyStep } from '#agent/apply/apply-work.ts';
import { createServicesStep, oweServices } from '#agent/apply/steps/services-step.ts';
import type { ServiceEntry } from '#agent/plan/plan.ts';
import { fakeHost } from './init/fake-host.ts';
import { changesOf, faultIn } from './init/init-bench.ts';
import { hostIn, workOf } from './init/init-host.ts';

const place = { file: 'role/web/plan.yaml' };
const service = (name: string, more: Partial<ServiceEntry> = {}): ServiceEntry => {
  return { name, place, enabled: undefined, running: undefined, restartOn: [], reloadOn: [], ...more };
};

async function servicesBench() {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'landfall-services-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const fakes = await fakeHost(root);
  const host = hostIn(root);
  await mkdir(join(root, 'state'));
  const stepWith = (changed: readonly string[], path = fakes.path): ApplyStep =>
    createServicesStep({ host, environment: { PATH: path }, changed: () => new Set(changed) });
  const go = async (
    which: 'run' | 'preview',
    services: readonly ServiceEntry[],
    changed: readonly string[],
    path?: string,
  ) => {
    const done = await stepWith(changed, path)[which](workOf({}, { services }));
    if (done.kind !== 'ok') return done;
    return { kind: 'ok' as const, value: done.value.map(({ entry, action }) => `${entry} ${action}`) };
  };
  return {
    root,
    host,
    fakes,
    run: (services: readonly ServiceEntry[], changed: readonly string[] = [], path?: string) =>
      go('run', services, changed, path),
    preview: (services: readonly ServiceEntry[], changed: readonly string[] = []) =>
      go('preview', services, changed),
    set: (kind: string, name: string) => writeFile(join(fakes.db, kind, name), ''),
  };
}

test('a service is enabled and started, and a second run changes nothing and says so', async () => {
  const bench = await servicesBench();
  const services = [service('nginx', { enabled: true, running: true })];
  expect(changesOf(await bench.preview(services))).toEqual(['services.nginx enable', 'services.nginx start']);
  expect(await bench.fakes.calls()).toEqual([]);
  expect(changesOf(await bench.run(services))).toEqual(['services.nginx enable', 'services.nginx start']);
  expect(changesOf(await bench.run(services))).toEqual([]);
  expect(await bench.fakes.calls()).toEqual(['systemctl enable nginx', 'systemctl start nginx']);
});

test('a static unit is neither enabled nor disabled', async () => {
  const bench = await servicesBench();
  await bench.set('static', 'tmp');
  expect(changesOf(await bench.run([service('tmp', { enabled: false })]))).toEqual([]);
  expect(changesOf(await bench.run([service('tmp', { enabled: true })]))).toEqual([]);
});

test('several changes are one restart, a reload gives way to it, and others are left alone', async () => {
  const bench = await servicesBench();
  for (const name of ['nginx', 'php', 'other']) await bench.set('active', name);
  const services = [
    service('nginx', { restartOn: ['templates.nginx', '/etc/nginx/tls.pem'], reloadOn: ['templates.sites'] }),
    service('php', { reloadOn: ['templates.sites'] }),
    service('other', { restartOn: ['templates.other'] }),
  ];
  const changed = ['templates.nginx', '/etc/nginx/tls.pem', 'templates.sites'];
  const expected = ['services.nginx restart', 'services.php reload-or-restart'];
  expect(changesOf(await bench.preview(services, changed))).toEqual(expected);
  expect(changesOf(await bench.run(services, changed))).toEqual(expected);
  expect(changesOf(await bench.run(services))).toEqual([]);
  expect(await bench.fakes.calls()).toEqual(['systemctl restart nginx', 'systemctl reload-or-restart php']);
});

test('what is owed before the change outlives a crash after it, and is paid once', async () => {
  const bench = await servicesBench();
  await bench.set('active', 'nginx');
  const services = [service('nginx', { restartOn: ['templates.nginx'] })];
  await oweServices(bench.host.store, workOf({}, { services }).plan, new Set(['templates.nginx']));
  // The crash: the next process knows of no change.
  expect(changesOf(await bench.preview(services))).toEqual(['services.nginx restart']);
  expect(changesOf(await bench.run(services))).toEqual(['services.nginx restart']);
  expect(changesOf(await bench.run(services))).toEqual([]);
});

test('a restart that failed is still owed', async () => {
  const bench = await servicesBench();
  await bench.set('active', 'nginx');
  await bench.set('broken', 'nginx');
  const services = [service('nginx', { restartOn: ['templates.nginx'] })];
  const fault = faultIn(await bench.run(services, ['templates.nginx']));
  expect(fault).toMatchObject({ code: 'LF_SERVICE', operation: 'restart', subject: 'services.nginx' });
  expect(fault.hint).toContain('journalctl -u nginx');
  await rm(join(bench.fakes.db, 'broken/nginx'));
  expect(changesOf(await bench.run(services))).toEqual(['services.nginx restart']);
});

test('without systemd it says so', async () => {
  const bench = await servicesBench();
  const fault = faultIn(
    await bench.run([service('nginx', { running: true })], [], join(bench.root, 'nowhere')),
  );
  expect(fault).toMatchObject({ code: 'LF_SERVICE' });
  expect(fault.cause).toContain('ENOENT');
  expect(fault.hint).toContain('systemd');
});

test('a damaged record costs nothing but what it knew', async () => {
  const bench = await servicesBench();
  await bench.host.store.save('init-progress', Buffer.from('{"owed": [1,'));
  expect(changesOf(await bench.run([service('nginx', { running: true })]))).toEqual(['services.nginx start']);
  await bench.host.store.save('init-progress', Buffer.from('{"owed":{"services/nginx":"explode"},"done":7}'));
  expect(changesOf(await bench.run([service('nginx', { running: true })]))).toEqual([]);
});

test.each(['start', 'restart'])('a unit that dies right after its %s is no running unit', async (verb) => {
  const bench = await servicesBench();
  await bench.set('dying', 'crash');
  if (verb === 'restart') await bench.set('active', 'crash');
  const crash = service('crash', { running: true, restartOn: ['/etc/crash'] });
  const fault = faultIn(await bench.run([crash], ['/etc/crash']));
  expect(fault).toMatchObject({ code: 'LF_SERVICE', operation: verb, subject: 'services.crash' });
  expect(fault.cause).toContain('the unit had failed');
});
