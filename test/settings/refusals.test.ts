import { expect, it } from 'vitest';
import { SETTINGS, type SettingName } from '#agent/settings/catalogue.ts';
import { startFault } from '#agent/cli/daemon-settings.ts';
import { loadSettings } from '#agent/settings/settings.ts';
import { valueOf } from '../support/fetching.ts';

const WRONG: readonly (readonly [SettingName, string])[] = [
  ['layout', 'flat'],
  ['interval', '0'],
  ['interval', '999ms'],
  ['interval', '-1s'],
  ['interval', 'soon'],
  ['interval', ''],
  // A timer of Node would overflow and fire at once: a poll storm.
  ['interval', '25d'],
  ['bootTimeout', '-1s'],
  ['bootTimeout', '30d'],
  ['listen', '0.0.0.0:5263'],
  ['listen', '10.0.0.1:80'],
  ['listen', '[::]:80'],
  ['listen', '127.0.0.1'],
  ['listen', '127.0.0.1:65536'],
  ['listen', 'example.com:80'],
  ['compat', 'consul,zookeeper'],
  ['compat', 'Consul'],
  ['springListen', '0.0.0.0:8888'],
  ['consulListen', '10.0.0.1:8500'],
  ['appconfigListen', '2772'],
  ['consulPrefix', 'a//b'],
  ['consulPrefix', '../a b'],
  ['guard', 'on'],
  ['onRelocation', 'keep'],
  ['maxShrink', '50'],
  ['maxShrink', '101%'],
  ['maxShrink', 'half'],
  ['bucketOwner', '12345'],
  ['bucketOwner', '1234567890123'],
  ['credentials', 'profile'],
  ['logLevel', 'trace'],
  ['logFormat', 'xml'],
];

it.each(WRONG)('%s: %j is refused, and the hint says where to set it', (name, text) => {
  const outcome = loadSettings({ env: {}, configFile: undefined, flags: { [name]: text } });
  expect(outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_SETTINGS', operation: 'read' } });
  if (outcome.kind === 'ok') return;
  expect(outcome.fault.cause).toContain(`${name}: `);
  expect(outcome.fault.hint).toContain(SETTINGS[name].env);
});

it('everything that is wrong is said at once, wherever it comes from', () => {
  const outcome = loadSettings({
    env: { LANDFALL_INTERVAL: '10ms', LANDFALL_GUARD: 'maybe' },
    configFile: undefined,
    flags: { listen: '0.0.0.0:1', maxShrink: '200%' },
  });
  const { cause, hint } = (outcome as { fault: { cause: string; hint: string } }).fault;
  for (const name of ['interval', 'guard', 'listen', 'maxShrink'] as const) {
    expect(cause).toContain(`${name}: `);
    expect(hint).toContain(SETTINGS[name].env);
  }
  expect(cause).not.toContain('\n');
});

it('a door of a shape that is not turned on would answer nothing: the start says what it needs', () => {
  const flags = { source: 's3://bucket/p', consulListen: '127.0.0.1:8500' };
  const idle = valueOf(loadSettings({ env: {}, configFile: undefined, flags }));
  expect(startFault(idle)).toMatchObject({
    code: 'LF_SETTINGS',
    cause: 'consulListen: it needs consul in compat',
  });
  expect(
    startFault(
      valueOf(loadSettings({ env: {}, configFile: undefined, flags: { ...flags, compat: 'consul' } })),
    ),
  ).toBe(undefined);
});
