import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const SERVICE = readFileSync('userdata/landfall.service', 'utf8');
const has = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!has) console.warn('\n*** systemd-analyze is missing: the unit is NOT verified on this machine ***\n');

describe.runIf(has)('the unit', () => {
  test('its exposure is at most 4.0', () => {
    const args = [
      'security',
      '--offline=true',
      '--no-pager',
      '--threshold=40',
      './userdata/landfall.service',
    ];
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect(stdout).toMatch(/Overall exposure level for landfall.service: [0-4]\.\d/);
    expect(status).toBe(0);
  });

  test('systemd knows every word of it', () => {
    const units = ['./userdata/landfall.service', './userdata/landfall-ready.target'];
    const { stderr } = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' });
    expect(stderr.replaceAll(/^.*landfall is not executable.*\n/gm, '')).toBe('');
  });
});

test.each([
  /^Type=notify$/m,
  /^TimeoutStartSec=infinity$/m,
  /^WatchdogSec=\d+$/m,
  /^UnsetEnvironment=NODE_OPTIONS /m,
  /^Restart=on-failure$/m,
  /^LimitCORE=0$/m,
  /^MemorySwapMax=0$/m,
])('the unit says %s', (line) => {
  expect(SERVICE).toMatch(line);
});

/**
 * Since which systemd each directive is known, by its NEWS (OOMPolicy: by the change that it tells of in 243); what is older than 229 is
 * 0. A systemd that does not know one says `Unknown key name` and starts the unit without that line.
 */
const SINCE: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    (
      'After AssertPathExists Before CapabilityBoundingSet Conflicts DefaultDependencies Description DeviceAllow DevicePolicy ' +
      'EnvironmentFile ExecReload ExecStart ExecStartPost KillMode LimitCORE NoNewPrivileges NotifyAccess PrivateTmp Requires Restart ' +
      'RestartSec RestrictAddressFamilies RuntimeDirectory RuntimeDirectoryMode SystemCallArchitectures SystemCallErrorNumber ' +
      'SystemCallFilter TimeoutStartSec TimeoutStopSec Type User WantedBy Wants WatchdogSec'
    )
      .split(' ')
      .map((name) => [name, 0]),
  ),
  StartLimitIntervalSec: 230,
  RestrictRealtime: 231,
  MemorySwapMax: 232,
  ProtectControlGroups: 232,
  ProtectKernelTunables: 232,
  RestrictNamespaces: 233,
  KeyringMode: 235,
  LockPersonality: 235,
  RuntimeDirectoryPreserve: 235,
  StateDirectory: 235,
  StateDirectoryMode: 235,
  UnsetEnvironment: 235,
  PrivateMounts: 239,
  ProtectHostname: 242,
  OOMPolicy: 243,
  ProtectKernelLogs: 244,
  ProtectClock: 245,
};

const UNITS = [
  'userdata/landfall.service',
  'userdata/landfall-ready.target',
  'packaging/without-root.conf',
].map((file) => readFileSync(file, 'utf8'));
const DIRECTIVES = [...new Set(UNITS.flatMap((text) => text.match(/^[A-Z]\w+(?==)/gm) ?? []))];

/** A row of docs/packages.md: a name of distributions, then cells. */
function rowOf(name: string): readonly string[] {
  const row =
    readFileSync('docs/packages.md', 'utf8').match(new RegExp(`^\\| ${name} \\|.*$`, 'm'))?.[0] ?? '';
  return row
    .split('|')
    .map((cell) => cell.trim())
    .slice(2, -1);
}

test.each(['Debian 12', 'Amazon Linux 2023', 'Ubuntu 22.04', 'Ubuntu 24.04', 'Ubuntu 20.04', 'RHEL 8'])(
  'the page says which lines systemd does not know there: %s',
  (name) => {
    const [version, unknown] = rowOf(name);
    expect(Number(version)).toBeGreaterThan(200);
    const younger = DIRECTIVES.filter((directive) => (SINCE[directive] ?? Infinity) > Number(version));
    const said = unknown === 'none' ? [] : (unknown?.match(/\w+(?==)/g) ?? []);
    expect(said.toSorted()).toEqual(younger.toSorted());
  },
);
