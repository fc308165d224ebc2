import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { knownRegions } from '#config-service';
import { IRELAND, troubles } from './fake-root.ts';

const TEXT = '[Service]\nEnvironment=AWS_REGION=us-east-1\n';

function packaged(path: string, text: string): Readonly<Record<string, string>> {
  const md5 = createHash('md5').update(TEXT).digest('hex');
  return {
    [path]: text,
    '/var/lib/dpkg/status': 'Package: agent\nStatus: install ok installed\nVersion: 1.2\n',
    '/var/lib/dpkg/info/agent.md5sums': `${md5}  ${path.slice(1)}\n`,
  };
}

it.each([
  [TEXT, ', as agent 1.2 installed it; home is eu-west-1'],
  [`${TEXT}# ours\n`, ', changed since agent 1.2 was installed; home is eu-west-1'],
])('a finding says what the record of packages does: %j', (text, says) => {
  const [finding, ...others] = troubles(packaged('/usr/lib/systemd/system/agent.service', text), IRELAND);
  expect(others).toEqual([]);
  expect(finding?.says.endsWith(says), finding?.says).toBe(true);
});

it('a table of all regions is no leak, and what stands beside it is', () => {
  const table = knownRegions().map(({ region }) => `  - ${region}`);
  const file = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
    '/etc/cloud/cloud.cfg.d/90.cfg': ['mirrors:', ...table, ...lines, ''].join('\n'),
  });
  expect(troubles(file(), IRELAND)).toEqual([]);
  expect(troubles(file('region: us-east-1'), IRELAND).map(({ region }) => region)).toEqual(['us-east-1']);
});
