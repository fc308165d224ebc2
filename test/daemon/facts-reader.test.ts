import { expect, it } from 'vitest';
import { FactsReader } from '#agent/daemon/configuration/facts-reader.ts';
import { Imds } from '#agent/identity/imds.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { loggerInto } from '../support/configuring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { payrollIdentity } from '../support/identity.ts';
import { ImdsServer } from '../support/imds-server.ts';
import { retrying } from '../support/memory-store.ts';
import { finish } from '../support/patience.ts';

const MINUTE = 60_000;

async function bench() {
  const clock = new FakeClock();
  const server = await ImdsServer.start(clock);
  const log: string[] = [];
  const ec2 = { asked: 0, answer: ok(new Map<string, string>()) as Outcome<ReadonlyMap<string, string>> };
  const imds = new Imds(server.endpoint, { clock, random: () => 0, attempts: 1 });
  const reader = new FactsReader({
    identity: payrollIdentity,
    imds,
    describeTags: async () => {
      ec2.asked += 1;
      return ec2.answer;
    },
    names: { roleTag: 'role', environmentTag: 'environment' },
    clock,
    logger: loggerInto(log),
  });
  const read = () => finish(clock, reader.read(new AbortController().signal));
  const tag = (key: string, value: string) => {
    const list = server.items.get('meta-data/tags/instance');
    server.items.set('meta-data/tags/instance', list === undefined ? key : `${list}\n${key}`);
    server.items.set(`meta-data/tags/instance/${key}`, value);
  };
  return { clock, server, log, ec2, read, tag };
}

it('reads the tags at each poll: a change is noticed', async () => {
  const { server, read, tag, ec2 } = await bench();
  tag('role', 'web');
  expect(valueOf(await read())).toMatchObject({ region: 'eu-west-1', role: 'web', environment: undefined });
  server.items.set('meta-data/tags/instance/role', 'worker');
  expect(valueOf(await read()).role).toBe('worker');
  expect(ec2.asked).toBe(0);
});

it('before the first answer a failure is a failure', async () => {
  const { server, read } = await bench();
  server.fault = () => ({ kind: 'status', status: 500 });
  expect(verdictOf(await read())).toBe('retry LF_IMDS_THROTTLED');
});

it('afterwards the facts of before hold, which the log says once, and once more when it is over', async () => {
  const { server, log, read, tag } = await bench();
  tag('role', 'web');
  await read();
  server.fault = () => ({ kind: 'reset' });
  for (let poll = 0; poll < 3; poll += 1) expect(valueOf(await read()).role).toBe('web');
  expect(log).toHaveLength(1);
  expect(log[0]).toMatch(/^instance tags cannot be read, the last ones stay in use .*LF_IMDS_UNREACHABLE/);
  server.fault = () => undefined;
  await read();
  expect(log[1]).toMatch(/^instance tags can be read again/);
});

it('asks EC2 where tags are not enabled in IMDS, and not at every poll', async () => {
  const { clock, ec2, read } = await bench();
  ec2.answer = ok(new Map([['role', 'web']]));
  expect(valueOf(await read()).role).toBe('web');
  ec2.answer = ok(new Map([['role', 'worker']]));
  await clock.advance(5 * MINUTE - 1);
  expect(valueOf(await read()).role).toBe('web');
  await clock.advance(1);
  expect(valueOf(await read()).role).toBe('worker');
  expect(ec2.asked).toBe(2);
});

it('asks EC2 as often as the boot retries until it has answered once, and never faster afterwards', async () => {
  const { clock, ec2, read } = await bench();
  ec2.answer = retrying('LF_TAGS_UNAVAILABLE');
  for (let poll = 0; poll < 3; poll += 1) expect(verdictOf(await read())).toBe('retry LF_TAGS_UNAVAILABLE');
  expect(ec2.asked).toBe(3);
  ec2.answer = ok(new Map([['role', 'web']]));
  await read();
  ec2.answer = retrying('LF_TAGS_UNAVAILABLE');
  await clock.advance(5 * MINUTE);
  for (let poll = 0; poll < 3; poll += 1) expect(valueOf(await read()).role).toBe('web');
  expect(ec2.asked).toBe(5);
});

it('warns once about tags that only differ in case', async () => {
  const { log, read, tag } = await bench();
  tag('Role', 'web');
  tag('ROLE', 'worker');
  await read();
  await read();
  expect(log).toEqual(['several tags could be "role": "ROLE" is used, not "Role" {}']);
});
