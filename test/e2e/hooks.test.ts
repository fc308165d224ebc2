import { expect, it } from 'vitest';
import type { Json } from './citizen.ts';
import { DepartingSite } from './departing-site.ts';

/** Snapshots are one line of JSON, and gone when the hook is. */
const KEEPS = 'for file in $LANDFALL_OLD $LANDFALL_NEW; do cat $file; echo; done';
const PLAN = `
hooks:
  setup: [{ name: register, command: "echo setup >> TRACES/order" }]
  configure: ["echo configure >> TRACES/order; (${KEEPS}) >> TRACES/snapshots"]
files: { motd: { content: "v1\\n", target: TRACES/motd } }
`;

const snapshots = (site: DepartingSite): readonly Json[] =>
  site.traces('snapshots').map((line) => JSON.parse(line) as Json);

it('setup runs once, configure at each effective change, with what was and what is', async () => {
  await using site = await DepartingSite.open(PLAN);
  const citizen = await site.run();
  expect(site.traces('order')).toEqual(['setup', 'configure']);
  expect(snapshots(site)).toMatchObject([
    { generation: 0, properties: {} },
    { generation: 1, properties: { a: '1' } },
  ]);
  site.put('base/app.properties', 'a=2\nb=${a}\n');
  await citizen.settles();
  expect(snapshots(site).slice(2)).toMatchObject([
    { generation: 1, properties: { a: '1' } },
    { generation: 2, properties: { a: '2', b: '2' } },
  ]);
  // A comment, and a file, change nothing of the effective configuration.
  site.put('base/app.properties', '# said differently\na = 2\nb = ${a}\n');
  site.put('base/plan.yaml', PLAN.replace('v1', 'v2'));
  await citizen.settles();
  expect(site.traces('motd')).toEqual(['v2']);
  expect(site.traces('order')).toEqual(['setup', 'configure', 'configure']);
  await citizen.kill();

  await (await site.run()).settles();
  expect(site.traces('order')).toEqual(['setup', 'configure', 'configure']);
});

it('an override and its end are changes of the configuration, too', async () => {
  await using site = await DepartingSite.open(PLAN);
  const citizen = await site.run();
  expect((await citizen.cli('set', 'a', '9', '--for', '1h', '--reason', 'test')).code).toBe(0);
  expect(snapshots(site).at(-1)).toMatchObject({ properties: { a: '9' } });
  expect((await citizen.cli('unset', 'a')).code).toBe(0);
  expect(snapshots(site).slice(-2)).toMatchObject([{ properties: { a: '9' } }, { properties: { a: '1' } }]);
});

it('a configure hook that fails takes files and API back, and the next good one finds the old', async () => {
  const fails = PLAN.replace('configure: [', 'configure: ["! grep -q bad $LANDFALL_NEW", ');
  await using site = await DepartingSite.open(fails);
  const citizen = await site.run();
  site.put('base/plan.yaml', fails.replace('v1', 'v2'));
  site.put('base/app.properties', 'a=bad\n');
  const refused = await citizen.cli('refresh');
  expect([refused.code, refused.stderr]).toEqual([7, expect.stringContaining('LF_APPLY_HOOK')]);
  expect(refused.stderr + citizen.agent.stderr).not.toContain('"a":"bad"');
  expect([site.traces('motd'), await citizen.properties()]).toEqual([['v1'], { a: '1' }]);
  expect((await citizen.ask('/readyz')).status).toBe(200);
  site.put('base/app.properties', 'a=good\n');
  expect((await citizen.cli('refresh')).code).toBe(0);
  expect([site.traces('motd'), await citizen.properties()]).toEqual([['v2'], { a: 'good' }]);
  expect(snapshots(site).slice(-2)).toMatchObject([
    { properties: { a: '1' } },
    { properties: { a: 'good' } },
  ]);
});

it('a setup hook that fails ends the bootstrap with 7, and is tried again by the next', async () => {
  const setup =
    'hooks: { setup: ["echo try >> TRACES/order; test -e TRACES/healed", "echo done >> TRACES/order"] }\n';
  await using site = await DepartingSite.open(setup);
  const { base } = site;
  const ended = await site.payroll.finish({ base });
  expect([ended.code, ended.stderr]).toEqual([7, expect.stringContaining('LF_APPLY_HOOK')]);
  const healed = `${setup}files: { healed: { content: "", target: TRACES/other } }\n`;
  site.put('base/plan.yaml', healed.replace('test -e TRACES/healed', 'true'));
  expect((await site.payroll.finish({ base })).code).toBe(0);
  expect((await site.payroll.finish({ base })).code).toBe(0);
  expect(site.traces('order')).toEqual(['try', 'try', 'done']);
});
