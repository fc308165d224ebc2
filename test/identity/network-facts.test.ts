import { expect, test } from 'vitest';
import { readHostname } from '#agent/identity/network-facts.ts';
import { Imds } from '#agent/identity/imds.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ImdsServer } from '../support/imds-server.ts';
import { finish } from '../support/patience.ts';

test.each([
  ['ip-10-0-0-5.eu-west-1.compute.internal', 'ip-10-0-0-5.eu-west-1.compute.internal'],
  // As DHCP options of several names make it.
  ['ip-10-0-0-5.corp.example corp.example\n', 'ip-10-0-0-5.corp.example'],
  ['', undefined],
  [undefined, undefined],
])('of an instance that the metadata service calls %j: %s', async (said, name) => {
  const clock = new FakeClock();
  const server = await ImdsServer.start(clock);
  if (said !== undefined) server.items.set('meta-data/local-hostname', said);
  const imds = new Imds(server.endpoint, { clock, random: () => 0 });
  expect(await finish(clock, readHostname(imds))).toBe(name);
});
