import { describe, expect, it } from 'vitest';
import type { Contents } from '../support/release-fixture.ts';
import { sha256Hex } from '../../config-service/release/digest.ts';
import type { Citizen } from './citizen.ts';
import { BUCKET, Payroll, TREE } from './payroll.ts';

/** Only what it is told makes it poll. */
const QUIET = { LANDFALL_INTERVAL: '1h' };

function contents(level: string): Contents {
  return {
    base: { 'app.properties': 'log.level=INFO\nworkers=2\n', 'more/ignored.properties': 'x=1\n' },
    'role/web': { 'web.yaml': 'workers: 8\n' },
    'environment/prod': { 'prod.properties': `log.level=${level}\n` },
    'role/worker': { 'worker.yaml': 'workers: 99\n' },
  };
}

/** What was read of S3 during one poll, as `operation path`. */
async function asked(payroll: Payroll, citizen: Citizen): Promise<readonly string[]> {
  payroll.sandbox.requests.clear();
  expect((await citizen.cli('refresh')).code).toBe(0);
  const entries = payroll.sandbox.requests.entries.filter(
    ({ service, method }) => service === 's3' && method === 'GET',
  );
  return entries.map(({ operation, path }) => `${operation} ${path.replace(`/${BUCKET}/payroll/`, '')}`);
}

describe('the release layout', () => {
  it.each(['auto', 'release'])('is found and served, layout %s', async (layout) => {
    await using payroll = await Payroll.open({ files: {} });
    payroll.publish('r1', contents('WARN'));
    const citizen = await payroll.run({ env: { LANDFALL_LAYOUT: layout } });
    expect(await citizen.json('/v1/config')).toMatchObject({
      release: 'r1',
      properties: { 'log.level': 'WARN', workers: '8' },
    });
    expect(await citizen.json('/v1/status')).toMatchObject({
      generation: { release: 'r1' },
      source: { layout: 'release' },
    });
    const { object } = (await citizen.json('/v1/explain/log.level'))['winner'] as { object: string };
    expect(object).toBe(`s3://${BUCKET}/payroll/objects/environment/prod/${sha256Hex('log.level=WARN\n')}`);
  });

  it('brings a new release whole, and fetches only what changed', async () => {
    await using payroll = await Payroll.open({ files: {} });
    payroll.publish('r1', contents('WARN'));
    const citizen = await payroll.run({ env: QUIET });
    payroll.publish('r2', contents('ERROR'));
    expect(await asked(payroll, citizen)).toEqual([
      'GetObject current.json',
      `GetObject objects/environment/prod/${sha256Hex('log.level=ERROR\n')}`,
    ]);
    expect(await citizen.json('/v1/config')).toMatchObject({
      generation: 2,
      release: 'r2',
      properties: { 'log.level': 'ERROR' },
    });
  });

  it('rolls back without fetching what it never lost', async () => {
    await using payroll = await Payroll.open({ files: {} });
    payroll.publish('r1', contents('WARN'));
    const citizen = await payroll.run({ env: QUIET });
    payroll.publish('r2', { ...contents('WARN'), 'role/worker': {} });
    expect(await asked(payroll, citizen)).toEqual(['GetObject current.json']);
    expect(await citizen.json('/v1/config')).toMatchObject({ generation: 2, release: 'r2' });
  });

  it('costs one request a poll, and never lists', async () => {
    await using payroll = await Payroll.open({ files: {} });
    payroll.publish('r1', contents('WARN'));
    const citizen = await payroll.run({ env: QUIET });
    for (let poll = 0; poll < 3; poll += 1)
      expect(await asked(payroll, citizen)).toEqual(['GetObject current.json']);
    const [pointer] = payroll.sandbox.requests.entries.filter(({ path }) => path.endsWith('/current.json'));
    expect(pointer).toMatchObject({ status: 304 });
  });

  it('is reported on at most once a release, not once a poll, and served where that is denied', async () => {
    await using payroll = await Payroll.open({ files: {} });
    payroll.sandbox.faults.add({
      service: 's3',
      method: 'PUT',
      times: 1,
      effect: { status: 403, code: 'AccessDenied' },
    });
    payroll.publish('r1', contents('WARN'));
    const citizen = await payroll.run({ env: QUIET });
    payroll.publish('r2', contents('ERROR'));
    for (let poll = 0; poll < 5; poll += 1) await citizen.settles();
    const written = payroll.sandbox.requests.entries.filter(
      ({ service, method }) => service === 's3' && method === 'PUT',
    );
    const paths = written.map(({ path }) => path);
    expect(paths).toEqual([...new Set(paths)]);
    expect(paths.length).toBeLessThanOrEqual(2);
    expect(await citizen.json('/v1/config')).toMatchObject({ release: 'r2', stale: false });
  });

  it('is waited for when nothing has been published', async () => {
    await using payroll = await Payroll.open();
    const citizen = payroll.start({ env: { LANDFALL_LAYOUT: 'release' } });
    await citizen.fails('LF_SOURCE_EMPTY');
    payroll.publish('r1', contents('WARN'));
    await citizen.ready();
  });
});

describe('the tree layout', () => {
  it('costs the same requests whether or not something changed', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run({ env: { ...QUIET, LANDFALL_LAYOUT: 'tree' } });
    const quiet = (await asked(payroll, citizen)).toSorted();
    payroll.put('environment/prod/prod.properties', 'log.level=ERROR\n');
    expect((await asked(payroll, citizen)).toSorted()).toEqual(quiet);
    expect((await citizen.ask('/v1/config/log.level')).text).toBe('ERROR');
    expect(quiet.filter((request) => request.startsWith('GetObject'))).toEqual([
      'GetObject base/app.properties',
      'GetObject environment/prod/prod.properties',
      'GetObject role/web/web.yaml',
    ]);
  });

  it('does not look at a release when it is set', async () => {
    await using payroll = await Payroll.open();
    payroll.publish('r1', contents('FATAL'));
    const citizen = await payroll.run({ env: { LANDFALL_LAYOUT: 'tree' } });
    expect(await citizen.json('/v1/config')).toMatchObject({
      release: null,
      properties: { 'log.level': 'WARN' },
    });
  });
});

describe('the auto layout', () => {
  it('notices a release, and never falls back to the tree beside it', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    expect(await citizen.json('/v1/config')).toMatchObject({ release: null });
    payroll.publish('r1', {
      ...contents('FATAL'),
      base: { 'app.properties': TREE['base/app.properties'] ?? '' },
    });
    await citizen.serves('log.level', 'FATAL');

    payroll.delete('current.json');
    const { hint } = await citizen.fails('LF_RELEASE_GONE');
    expect(hint).toMatch(/Publish again/);
    expect(await citizen.json('/v1/config')).toMatchObject({ release: 'r1', stale: true });

    await citizen.kill();
    const again = payroll.restart(citizen);
    await again.fails('LF_RELEASE_GONE');
    await again.ready();
    expect(await again.json('/v1/config')).toMatchObject({
      release: 'r1',
      properties: { 'log.level': 'FATAL' },
    });
  });

  it('does not take a pointer that is denied for one that is absent', async () => {
    await using payroll = await Payroll.open();
    payroll.sandbox.faults.add({ path: '*/current.json', effect: { status: 403, code: 'AccessDenied' } });
    const citizen = payroll.start();
    await citizen.fails('LF_SOURCE_DENIED');
    expect((await citizen.ask('/readyz')).status).toBe(503);
  });
});
