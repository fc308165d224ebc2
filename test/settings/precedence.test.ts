import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SETTINGS, type SettingName } from '#agent/settings/catalogue.ts';
import { loadSettings, type Settings } from '#agent/settings/settings.ts';
import { valueOf } from '../support/fetching.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** For each setting three texts that differ from each other and from the default, and where they arrive. */
const ROWS: Readonly<
  Record<
    SettingName,
    {
      texts: readonly [string, string, string];
      reads: (settings: Settings) => unknown;
      as: readonly unknown[];
    }
  >
> = {
  source: same('source', ['s3://flag/p', 's3://variable/p', 's3://file/p']),
  layout: {
    texts: ['release', 'tree', 'release'],
    reads: (s) => s.layout,
    as: ['release', 'tree', 'release'],
  },
  interval: { texts: ['5s', '1m30s', '90'], reads: (s) => s.intervalMs, as: [5000, 90_000, 90_000] },
  storeInterval: {
    texts: ['5s', '1m30s', '90'],
    reads: (s) => s.storeIntervalMs,
    as: [5000, 90_000, 90_000],
  },
  bootTimeout: { texts: ['5s', '0s', '90'], reads: (s) => s.bootTimeoutMs, as: [5000, 0, 90_000] },
  listen: {
    texts: ['127.0.0.1:1', '[::1]:0', ''],
    reads: (s) => s.listen,
    as: [{ host: '127.0.0.1', port: 1 }, { host: '::1', port: 0 }, undefined],
  },
  socket: same('socket', ['/a.sock', '/b.sock', '/c.sock']),
  stateDir: same('stateDir', ['/a', '/b', '/c']),
  runDir: same('runDir', ['/a', '/b', '/c']),
  hostsFile: same('hostsFile', ['/a', '/b', '/c']),
  dashboard: { texts: ['off', 'on', 'off'], reads: (s) => s.dashboard, as: ['off', 'on', 'off'] },
  configTree: { texts: ['on', 'off', 'on'], reads: (s) => s.configTree, as: ['on', 'off', 'on'] },
  springListen: shapeDoor('spring', 'springListen'),
  appconfigListen: shapeDoor('appconfig', 'appconfigListen'),
  compat: {
    texts: ['consul', ' archaius, spring,', 'appconfig'],
    reads: (s) => s.compat,
    as: [['consul'], ['spring', 'archaius'], ['appconfig']],
  },
  consulListen: shapeDoor('consul', 'consulListen'),
  consulPrefix: {
    texts: ['config/payroll', '/a/b/', 'c'],
    reads: (s) => s.consulPrefix,
    as: ['config/payroll', 'a/b', 'c'],
  },
  readTokenFile: same('readTokenFile', ['/a', '/b', '/c']),
  roleTag: same('roleTag', ['a', 'b', 'c']),
  environmentTag: same('environmentTag', ['a', 'b', 'c']),
  layers: {
    texts: ['base', 'base, role/{role}', 'x,y'],
    reads: (s) => s.layers,
    as: [['base'], ['base', 'role/{role}'], ['x', 'y']],
  },
  guard: same('guard', ['warn', 'off', 'warn']),
  guardUnknown: {
    texts: ['refuse', 'refuse', 'refuse'],
    reads: (s) => s.strictness.unknown,
    as: ['refuse', 'refuse', 'refuse'],
  },
  guardHints: {
    texts: ['refuse', 'refuse', 'refuse'],
    reads: (s) => s.strictness.hints,
    as: ['refuse', 'refuse', 'refuse'],
  },
  ipRanges: same('ipRanges', ['/a.json', '/b.json.gz', '/c.json']),
  onRelocation: same('onRelocation', ['quarantine', 'quarantine', 'quarantine']),
  maxShrink: { texts: ['10%', '0.2', '100%'], reads: (s) => s.maxShrink, as: [0.1, 0.2, 1] },
  trustedKeys: { texts: ['a', 'b,c', 'd'], reads: (s) => s.trustedKeys, as: [['a'], ['b', 'c'], ['d']] },
  notOlderThan: {
    texts: ['2026-11-21', '2026-11-21T03:21:00Z', '20261121T032200Z-8450d298'],
    reads: (s) => s.notOlderThan,
    as: ['2026-11-21T00:00:00Z', '2026-11-21T03:21:00Z', '2026-11-21T03:22:00Z'].map((time) =>
      Date.parse(time),
    ),
  },
  identityCertificates: same('identityCertificates', ['/a.pem', '/b.pem', '/c']),
  bucketOwner: same('bucketOwner', ['111111111111', '022222222222', '033333333333']),
  credentials: same('credentials', ['environment', 'environment', 'environment']),
  logLevel: same('logLevel', ['debug', 'warn', 'error']),
  logFormat: same('logFormat', ['json', 'pretty', 'json']),
};

function same(name: keyof Settings, texts: readonly [string, string, string]) {
  return { texts, reads: (settings: Settings) => settings[name], as: texts };
}

function shapeDoor(shape: string, setting: SettingName) {
  const ports = [1, 2, 3];
  return {
    texts: ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3'] as const,
    reads: (settings: Settings) => settings.shapeDoors,
    as: ports.map((port) => [{ shape, setting, address: { host: '127.0.0.1', port } }]),
  };
}

const defaults = load({});

function load(given: { flag?: string; variable?: string; file?: string; name?: SettingName }): Settings {
  const { flag, variable, file, name } = given;
  const configFile = join(folder, 'agent.yaml');
  writeFileSync(configFile, name && file !== undefined ? `${name}: ${file}\n` : '');
  return valueOf(
    loadSettings({
      env: name && variable !== undefined ? { [SETTINGS[name].env]: variable } : {},
      configFile,
      flags: name && flag !== undefined ? { [name]: flag } : {},
    }),
  );
}

describe.each(Object.entries(ROWS) as [SettingName, (typeof ROWS)[SettingName]][])(
  '%s',
  (name, { texts: [flag, variable, file], reads, as: [fromFlag, fromVariable, fromFile] }) => {
    // Every combination of the three places, strongest first.
    it.each([
      ['flag', { flag, variable, file }, fromFlag],
      ['flag', { flag, variable }, fromFlag],
      ['flag', { flag, file }, fromFlag],
      ['flag', { flag }, fromFlag],
      ['variable', { variable, file }, fromVariable],
      ['variable', { variable }, fromVariable],
      ['file', { file }, fromFile],
    ])('comes from the %s, given %j', (_, given, expected) => {
      expect(reads(load({ ...given, name }))).toEqual(expected);
    });

    it('is told apart from its default by this table', () => {
      expect(reads(defaults)).not.toEqual(fromFlag);
    });
  },
);

it('the defaults are those of the contract', () => {
  expect(defaults).toEqual({
    source: '',
    compat: [],
    dashboard: 'on',
    shapeDoors: [],
    consulPrefix: '',
    readTokenFile: '/run/landfall/read-token',
    storeIntervalMs: 300_000,
    configTree: 'off',
    layout: 'auto',
    intervalMs: 30_000,
    bootTimeoutMs: undefined,
    listen: { host: '127.0.0.1', port: 5263 },
    socket: '/run/landfall/landfall.sock',
    stateDir: '/var/lib/landfall',
    runDir: '/run/landfall',
    hostsFile: '/etc/hosts',
    roleTag: 'role',
    environmentTag: 'environment',
    layers: [],
    guard: 'enforce',
    strictness: { unknown: 'warn', hints: 'show' },
    ipRanges: '',
    onRelocation: 'purge',
    maxShrink: 0.5,
    trustedKeys: [],
    notOlderThan: undefined,
    identityCertificates: '',
    bucketOwner: '',
    credentials: 'instance',
    logLevel: 'info',
    logFormat: 'auto',
  });
});

it('the socket follows the run folder, unless it is given', () => {
  expect(load({ name: 'runDir', flag: '/elsewhere' }).socket).toBe('/elsewhere/landfall.sock');
});

it('no setting of the process leaks in: only what is passed counts', () => {
  const outcome = loadSettings({
    env: { AWS_REGION: 'us-east-1', SOURCE: 's3://x' },
    configFile: undefined,
    flags: {},
  });
  expect(valueOf(outcome)).toEqual(defaults);
});
