import { writeFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRpmVersions, newestRpmVersion } from '#agent/apply/init/rpm-version.ts';
import { systemClock } from '#kit/clock.ts';
import { changesOf, faultIn, initBench } from './init-bench.ts';

const doc = (packages: unknown) => ({ config: { packages } });

test('each manager installs what is missing in one transaction, and nothing when nothing is', async () => {
  const bench = await initBench();
  await writeFile(`${bench.fakes.db}/rpm/php`, '');
  const document = doc({
    dnf: { nginx: [] },
    yum: { httpd: [], php: [], mysql: ['8.0.36', '8.0.4'] },
    apt: { curl: [], redis: '7.0.15' },
  });
  expect(changesOf(await bench.preview(document))).toHaveLength(5);
  expect(await bench.fakes.calls()).toEqual([]);
  expect(changesOf(await bench.run(document))).toEqual([
    'install apt curl',
    'install apt redis=7.0.15',
    'install yum httpd',
    'install yum mysql-8.0.36',
    'install dnf nginx',
  ]);
  expect(await bench.fakes.calls()).toEqual([
    'apt-get -q -o DPkg::Lock::Timeout=600 update',
    'apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold --allow-downgrades install -- curl redis=7.0.15',
    'yum -y install httpd mysql-8.0.36',
    'dnf -y install nginx',
  ]);
  expect(changesOf(await bench.run(document))).toEqual([]);
  expect(changesOf(await bench.preview(document))).toEqual([]);
});

test('lists that another apt holds are waited for, and not for ever', async () => {
  for (const [held, calls] of [
    [3, 5],
    [1000, 61],
  ] as const) {
    const bench = await initBench(false, { ...systemClock, sleep: async () => {} });
    await writeFile(bench.at('db/apt-held'), String(held));
    changesOf(await bench.run(doc({ apt: { curl: [] } })));
    expect(await bench.fakes.calls()).toHaveLength(calls);
  }
});

test('a failure names document, config, section and what the manager wrote', async () => {
  const bench = await initBench();
  const fault = faultIn(await bench.run(doc({ apt: { broken: [] } })));
  expect(fault).toMatchObject({ code: 'LF_INIT', subject: 'init.web config/packages/apt' });
  expect(fault.cause).toContain('100');
  expect(fault.cause).toContain('Unable to locate package broken');
});

test('a manager that is content without having installed is not believed', async () => {
  const bench = await initBench();
  const fault = faultIn(await bench.run(doc({ apt: { 'unheard-of': [] } })));
  expect(fault.subject).toBe('init.web config/packages/apt/unheard-of');
  expect(fault.cause).toContain('still not installed');
});

test('a package is known by its architecture too, though none provides such a name', async () => {
  const bench = await initBench();
  const document = doc({ dnf: { 'glibc.i686': [] } });
  expect(changesOf(await bench.run(document))).toEqual(['install dnf glibc.i686']);
  expect(changesOf(await bench.preview(document))).toEqual([]);
});

test('an rpm comes from S3 of this region, and again only when it changed there', async () => {
  const bench = await initBench();
  await bench.put('rpms/app.rpm', 'one');
  const document = doc({ rpm: { app: 's3://rpms/app.rpm' } });
  expect(changesOf(await bench.run(document))).toEqual(['install rpm s3://rpms/app.rpm']);
  expect(changesOf(await bench.run(document))).toEqual([]);
  await bench.put('rpms/app.rpm', 'two');
  expect(changesOf(await bench.run(document))).toHaveLength(1);
  expect(await bench.fakes.calls()).toHaveLength(2);
  expect(faultIn(await bench.run(doc({ rpm: { epel: 'https://dl.example.org/epel.rpm' } })))).toMatchObject({
    code: 'LF_INIT_UNSUPPORTED',
  });
});

// As cfn-init's RpmTool.compare_rpm_versions orders them.
test.each([
  ['1.10', '1.9', 1],
  ['1.0-2', '1.0-10', -1],
  ['1.0a', '1.01', -1],
  ['1.0', '1.0.1', -1],
  ['2.0', '2_0', 0],
  ['1.0-1.el7', '1.0', 1],
])('of the versions %s and %s the newer is told', (a, b, order) => {
  expect(Math.sign(compareRpmVersions(a, b))).toBe(order);
  expect(Math.sign(compareRpmVersions(b, a))).toBe(order === 0 ? 0 : -order);
});

test('law: the newest version is none that another one beats', () => {
  const version = fc.stringMatching(/^[0-9]{1,3}(\.[0-9a-z]{1,3}){0,3}(-[0-9]{1,2})?$/);
  fc.assert(
    fc.property(fc.array(version, { minLength: 1, maxLength: 6 }), (versions) => {
      const newest = newestRpmVersion(versions) ?? '';
      expect(versions.every((other) => compareRpmVersions(newest, other) >= 0)).toBe(true);
    }),
  );
});
