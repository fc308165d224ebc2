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
