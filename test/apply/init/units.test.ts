import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { changesOf, faultIn, initBench } from './init-bench.ts';

const withService = (service: unknown, more: object = {}, manager = 'systemd') => ({
  config: { ...more, services: { [manager]: { httpd: service } } },
});

test.each(['systemd', 'sysvinit'])('under %s a service is enabled and started, once', async (manager) => {
  const bench = await initBench();
  const document = withService({ enabled: 'true', ensureRunning: 'true' }, {}, manager);
  expect(changesOf(await bench.preview(document))).toEqual(['enable service httpd', 'start service httpd']);
  expect(await bench.fakes.calls()).toEqual([]);
  expect(changesOf(await bench.run(document))).toEqual(['enable service httpd', 'start service httpd']);
  expect(await bench.fakes.calls()).toEqual(['systemctl enable httpd', 'systemctl start httpd']);
  expect(changesOf(await bench.run(document))).toEqual([]);
  const off = withService({ enabled: false, ensureRunning: false }, {}, manager);
  expect(changesOf(await bench.run(off))).toEqual(['disable service httpd', 'stop service httpd']);
  expect(changesOf(await bench.run(off))).toEqual([]);
});

const sections = (content: string) => ({
  packages: { yum: { php: [] } },
  groups: { web: {} },
  files: {
    'ROOT/etc/httpd.conf': { content },
    'ROOT/etc/other': { content: 'x' },
    'ROOT/etc/free': { content },
  },
  commands: { '01_seed': { command: 'true', test: 'test ! -e ROOT/seeded && touch ROOT/seeded' } },
});

test('one restart pays for a changed file, package, source and command together', async () => {
  const bench = await initBench();
  await bench.put('app/app.tar', 'x');
  await writeFile(`${bench.fakes.db}/active/httpd`, '');
  const service = {
    ensureRunning: true,
    files: ['ROOT/etc/httpd.conf', 'ROOT/etc/other'],
    packages: { yum: ['php'] },
    commands: ['01_seed'],
    groups: ['web'],
  };
  const restarts = async () => (await bench.fakes.calls()).filter((call) => call.includes('restart'));
  changesOf(await bench.run(withService(service, sections('one'))));
  expect(await restarts()).toEqual(['systemctl restart httpd']);
  expect(changesOf(await bench.run(withService(service, sections('one'))))).toEqual([]);
  expect(changesOf(await bench.preview(withService(service, sections('two'))))).toContain(
    'restart service httpd',
  );
  changesOf(await bench.run(withService(service, sections('two'))));
  expect(await restarts()).toHaveLength(2);
  const unrelated = {
    ...sections('two'),
    files: { ...sections('two').files, 'ROOT/etc/free': { content: 'three' } },
  };
  changesOf(await bench.run(withService(service, unrelated)));
  expect(await restarts()).toHaveLength(2);
});

test('a restart that was owed when a command failed is made when the run goes on', async () => {
  const bench = await initBench();
  await writeFile(`${bench.fakes.db}/active/httpd`, '');
  const document = withService(
    { ensureRunning: true, files: ['ROOT/etc/httpd.conf'] },
    {
      files: { 'ROOT/etc/httpd.conf': { content: 'new' } },
      commands: { a: { command: 'test -e ROOT/mended' } },
    },
  );
  faultIn(await bench.run(document));
  expect(await readFile(bench.at('etc/httpd.conf'), 'utf8')).toBe('new');
  await writeFile(bench.at('mended'), '');
  expect(changesOf(await bench.run(document))).toEqual(['run command config/a', 'restart service httpd']);
  expect(changesOf(await bench.run(document))).toEqual([]);
});

test('a unit whose file changed is read anew before it is restarted', async () => {
  const bench = await initBench();
  await writeFile(`${bench.fakes.db}/stale`, '');
  changesOf(await bench.run(withService({ ensureRunning: true })));
  expect(await bench.fakes.calls()).toEqual(['systemctl daemon-reload', 'systemctl start httpd']);
});

test('a service that does not start is a failure with a way to its journal', async () => {
  const bench = await initBench();
  await writeFile(`${bench.fakes.db}/broken/httpd`, '');
  const fault = faultIn(await bench.run(withService({ ensureRunning: true })));
  expect(fault).toMatchObject({ code: 'LF_INIT', subject: 'init.web config/services/httpd' });
  expect(fault.cause).toContain('Job for httpd failed.');
  expect(fault.hint).toContain('journalctl -u httpd');
});
