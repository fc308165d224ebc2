import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readEnvironment } from '#scripts/ops/userdata/environment.ts';
import { renderUserData } from '#scripts/ops/userdata/user-data.ts';
import { AGENT, BootStage, BUCKET, DIGEST, digestOf } from './boot-stage.ts';
import { CAN_PLAY, Machine } from './machine.ts';

let stage: BootStage;
let machine: Machine;

beforeEach(async () => {
  stage = await BootStage.open();
  machine = new Machine(['dash']);
});
afterEach(async () => {
  machine.remove();
  await stage.close();
});

const SHELLS = [['dash'], ['bash', '--posix'], ['busybox', 'sh']].filter(([program = '']) => {
  const there = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (!there) console.warn(`\n*** ${program} is missing: user data is NOT tried with it ***\n`);
  return there;
});
const APPLETS = 'cat chmod cut date mkdir mktemp mv od rm sed sha256sum sync tail timeout tr'.split(' ');
const OLD_CURL = `#!/bin/sh
case "$*" in *--version*) echo 'curl 7.76.1 (x86_64)' ;; *--aws-sigv4*) exit 2 ;; *) exec /usr/bin/curl "$@" ;; esac
`;

describe.runIf(CAN_PLAY)('user data on an instance', () => {
  test.each(SHELLS)(
    '%s %s fetches, verifies and starts the agent, signed as S3 wants it',
    async (...shell) => {
      machine.remove();
      machine = new Machine(shell);
      if (shell[0] === 'busybox') machine.useBusybox(APPLETS);
      const ran = await machine.run(stage.userData());
      expect(stage.problems).toEqual([]);
      expect(ran).toMatchObject({ code: 0, out: 'agent: bootstrap of s3://payroll-{region}/landfall\n' });
      expect(machine.read('/usr/local/bin/landfall')).toBe(AGENT);
      expect(machine.read('/etc/landfall/agent.env')).toContain(
        "LANDFALL_SOURCE='s3://payroll-{region}/landfall'\n",
      );
      expect(machine.read('/etc/systemd/system/landfall.service')).toContain('Type=notify');
      expect(machine.log('systemctl')).toEqual([
        'daemon-reload',
        'enable landfall.service',
        'is-active landfall.service',
        'start landfall.service',
      ]);
      expect(stage.asked.map(({ target }) => target)).toEqual([
        `/${BUCKET}/tools/landfall-x64-${DIGEST}.zst`,
      ]);
      expect(stage.asked[0]?.headers).toMatchObject({ 'x-amz-expected-bucket-owner': '123456789012' });
      expect(stage.instance.violations).toEqual([]);
    },
  );

  test.each(SHELLS)(
    '%s %s signs by itself where curl is too old to sign a session token',
    async (...shell) => {
      machine.remove();
      machine = new Machine(shell);
      if (shell[0] === 'busybox') machine.useBusybox(APPLETS);
      machine.addProgram('curl', OLD_CURL);
      expect(await machine.run(stage.userData())).toMatchObject({ code: 0 });
      expect(stage.problems).toEqual([]);
      expect(stage.asked.map(({ target }) => /X-Amz-Signature=[0-9a-f]{64}$/.test(target))).toEqual([true]);
    },
  );

  test('where there is no zstd it unpacks gzip', async () => {
    // Only what a bare AMI has: an image without zstd has no such file anywhere on the path.
    const bare = stage.userData().replace('command -v zstd', 'command -v no-zstd-here');
    expect(await machine.run(bare)).toMatchObject({ code: 0 });
    expect(stage.asked[0]?.target).toMatch(/\.gz$/);
  });

  test('a second run fetches nothing and restarts nothing', async () => {
    await machine.run(stage.userData());
    machine.write('/usr/local/log/active', 'active\n');
    const before = machine.log('systemctl').length;
    expect(await machine.run(stage.userData())).toMatchObject({ code: 0, out: '' });
    expect(stage.asked).toHaveLength(1);
    expect(machine.log('systemctl').slice(before)).toEqual([
      'daemon-reload',
      'enable landfall.service',
      'is-active landfall.service',
      'start landfall.service',
    ]);
  });

  test('another agent in the user data replaces a running one', async () => {
    await machine.run(stage.userData());
    machine.write('/usr/local/log/active', 'active\n');
    const next = `${AGENT}# next\n`;
    stage.upload(next, digestOf(next));
    expect(await machine.run(stage.userData(digestOf(next)))).toMatchObject({ code: 0 });
    expect(machine.read('/usr/local/bin/landfall')).toBe(next);
    expect(machine.log('systemctl')).toContain('restart --no-block landfall.service');
  });

  test('credentials are on no command line', async () => {
    machine.addProgram('curl', '#!/bin/sh\necho "$*" >>/usr/local/log/curl\nexec /usr/bin/curl "$@"\n');
    await machine.run(stage.userData());
    const { target } = stage.asked[0] ?? {};
    const token = String(stage.asked[0]?.headers['x-amz-security-token']);
    expect(target).toBeDefined();
    expect(machine.log('curl').length).toBeGreaterThan(4);
    const seen = machine.log('curl').join('\n');
    expect(seen).toContain('--aws-sigv4 aws:amz:eu-west-1:s3');
    expect(seen).not.toContain(token);
    expect(seen).not.toMatch(/user|secret|token:/i);
  });

  test('on a baked image the agent is told its source and started', async () => {
    machine.write('/usr/local/bin/landfall', AGENT);
    machine.makeExecutable('/usr/local/bin/landfall');
    const environment = readEnvironment('s3://payroll-{region}/landfall', []);
    const ran = await machine.run(renderUserData({ environment, agents: [], format: 'shell' }));
    expect(ran).toMatchObject({ code: 0, out: 'agent: bootstrap of s3://payroll-{region}/landfall\n' });
    expect(machine.log('systemctl').at(-1)).toBe('start landfall.service');

    machine.write('/usr/local/bin/landfall', '#!/bin/sh\nexit 6\n');
    expect((await machine.run(renderUserData({ environment, agents: [], format: 'shell' }))).code).toBe(6);
    expect(machine.console).toContain('LANDFALL BOOT FAILED: exit code 6');
    expect(machine.log('journal')).toHaveLength(1);
  });
});
