import { expect, it } from 'vitest';
import type { Facts, LayerFile } from '#config-service';
import { NamedFactsReader } from '#agent/daemon/configuration/named-facts.ts';
import { Imds } from '#agent/identity/imds.ts';
import { configuratorBench } from '../support/configuring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { ImdsServer } from '../support/imds-server.ts';
import { payrollFacts } from '../support/layer-generator.ts';
import { finish } from '../support/patience.ts';

const CARD = 'meta-data/network/interfaces/macs/02:00:00:00:00:01';

async function bench(items: Readonly<Record<string, string>>) {
  const clock = new FakeClock();
  const server = await ImdsServer.start(clock);
  for (const [path, text] of Object.entries(items)) server.items.set(path, text);
  const reader = new NamedFactsReader(
    new Imds(server.endpoint, { clock, random: () => 0, attempts: 1 }),
    clock,
  );
  return {
    clock,
    server,
    name: (layers: ReturnType<typeof layersOf>, facts: Facts = payrollFacts) =>
      finish(clock, reader.name(facts, layers, new AbortController().signal)),
  };
}

function layersOf(text: string) {
  const bytes = Buffer.from(text);
  const file: LayerFile = { path: 'app.properties', object: 'p/base/app.properties', bytes, sha256: '' };
  return [{ name: 'base', files: [file] }];
}

const ITEMS = {
  'meta-data/local-hostname': 'ip-10-0-0-5.ec2.internal corp.example',
  'meta-data/public-ipv4': '203.0.113.7',
  'meta-data/mac': '02:00:00:00:00:01',
  [`${CARD}/subnet-id`]: 'subnet-1',
  [`${CARD}/vpc-id`]: 'vpc-1',
};

it('asks for what is named, in values and in templates, and for nothing else', async () => {
  const { server, name } = await bench(ITEMS);
  expect(valueOf(await name(layersOf('a=${@region}, the hostname, a vpc\n'))).facts).toEqual(payrollFacts);
  expect(server.log).toEqual([]);
  const all = layersOf('a=${@hostname}${@publicIp:none}\nb={{ landfall.subnet }}\nc=${x:${@vpc}}\n');
  expect(valueOf(await name(all)).facts).toMatchObject({
    hostname: 'ip-10-0-0-5.ec2.internal',
    publicIp: '203.0.113.7',
    subnet: 'subnet-1',
    vpc: 'vpc-1',
  });
});

it('asks again only for an address that may have changed', async () => {
  const { clock, server, name } = await bench(ITEMS);
  const layers = layersOf('a=${@hostname}${@publicIp}\n');
  await name(layers);
  server.items.set('meta-data/public-ipv4', '203.0.113.8');
  server.items.set('meta-data/local-hostname', 'another');
  await clock.advance(30_000);
  expect(valueOf(await name(layers)).facts).toMatchObject({
    hostname: 'ip-10-0-0-5.ec2.internal',
    publicIp: '203.0.113.8',
  });
});

it('knows an instance without a public address from a metadata service that does not answer', async () => {
  const { clock, server, name } = await bench({});
  const layers = layersOf('a=${@publicIp}\n');
  expect(valueOf(await name(layers)).facts.publicIp).toBeUndefined();
  server.fault = () => ({ kind: 'status', status: 500 });
  await clock.advance(30_000);
  // What it said before stands.
  expect(verdictOf(await name(layers))).toBe('ok');
  expect(verdictOf(await name(layersOf('a=${@vpc}\n')))).toMatch(/^retry LF_IMDS/);
});

function tagged(team: string, other: string) {
  const tags = new Map([
    ...payrollFacts.tags,
    ['team', team],
    ['aws:autoscaling:groupName', 'web-1'],
    ['x', other],
  ]);
  return { kind: 'ok' as const, value: { ...payrollFacts, tags } };
}

it('a tag that is named makes another generation when it changes, and one that is not makes none', async () => {
  const configuring = configuratorBench();
  configuring.store.put(
    'p/base/app.properties',
    'team=${@tag:team}\ngroup=${@asg}\nlong=${@tag:aws:autoscaling:groupName}\nnone=${@tag:gone:-}\n',
  );
  configuring.facts = tagged('red', '1');
  await configuring.check();
  const texts = () =>
    Object.fromEntries(
      [...(configuring.ring.active?.effective.values() ?? [])].map(({ key, value }) => [key, value]),
    );
  expect(texts()).toEqual({ team: 'red', group: 'web-1', long: 'web-1', none: '-' });
  configuring.facts = tagged('red', '2');
  await configuring.check();
  expect(configuring.ring.active?.number).toBe(1);
  configuring.facts = tagged('blue', '2');
  await configuring.check();
  expect(configuring.ring.active?.number).toBe(2);
  expect(texts()).toMatchObject({ team: 'blue' });
});

it('a tag that the instance does not have is named with the way out', async () => {
  const configuring = configuratorBench();
  configuring.store.put('p/base/app.properties', 'a=1\nteam=${@tag:team}\n');
  const outcome = await configuring.check();
  expect(verdictOf(outcome)).toBe('fail LF_REFERENCE_UNKNOWN');
  expect(JSON.stringify(outcome)).toContain(
    "the instance has no tag for '@tag:team'; set the tag, or give a default",
  );
});
