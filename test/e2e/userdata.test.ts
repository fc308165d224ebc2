import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import type { SandboxInstance } from '#scripts/sandbox/imds/instance.ts';
import { CAN_PLAY, Machine } from '../userdata/machine.ts';
import { LANDFALL } from './citizen.ts';

const OPS = resolve('dist/landfall-ops');
const REGION = 'eu-west-1';

let sandbox: Sandbox;
let instance: SandboxInstance;
let machine: Machine;

beforeEach(async () => {
  sandbox = await startSandbox();
  for (const name of ['agents', 'payroll']) sandbox.addBucket({ name: `${name}-${REGION}`, region: REGION });
  sandbox.putObject(`payroll-${REGION}`, 'base/app.properties', 'app.name = payroll\n');
  instance = await sandbox.addInstance({ region: REGION });
  machine = new Machine(['dash']);
});
afterEach(async () => {
  machine.remove();
  await sandbox.close();
});

/** In a process of its own, as the sandbox is in this one. */
async function ops(...args: string[]): Promise<string> {
  const env = {
    AWS_ENDPOINT_URL: sandbox.url,
    AWS_ACCESS_KEY_ID: 'AKIAOPERATOR',
    AWS_SECRET_ACCESS_KEY: 'x',
  };
  return (await promisify(execFile)(OPS, args, { env })).stdout;
}

async function userData(source: string): Promise<string> {
  const to = ['--to', 's3://agents-{region}/tools', '--regions', REGION];
  const { agent } = JSON.parse(await ops('upload-agent', LANDFALL, ...to, '--json')) as { agent: string };
  const env = [
    `AWS_EC2_METADATA_SERVICE_ENDPOINT=${instance.imdsUrl}`,
    `AWS_ENDPOINT_URL=${sandbox.url}`,
    // Below what the stand-in of an instance has for itself.
    'LANDFALL_STATE_DIR=/etc/landfall/state',
    'LANDFALL_RUN_DIR=/etc/landfall/run',
  ];
  return ops('userdata', '--source', source, '--agent', agent, ...env.flatMap((pair) => ['--env', pair]));
}

describe.runIf(CAN_PLAY)('from upload-agent over user data to bootstrap, all of it built', () => {
  test('the agent that was uploaded boots the instance', async () => {
    const ran = await machine.run(await userData('s3://payroll-{region}'));
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toMatch(/region +eu-west-1/);
    expect(machine.log('systemctl').at(-1)).toBe('start landfall.service');
  });

  test('what the agent refuses is what the console says', async () => {
    const ran = await machine.run(await userData('s3://nobodys-{region}'));
    expect(ran.code).toBe(4);
    expect(machine.console).toMatch(/LANDFALL BOOT FAILED: .*nobodys-eu-west-1.* \[LF_BUCKET_MISSING\]/);
  });
});

test('what is too large and what names a region have their codes and exits', () => {
  const args = ['userdata', '--source', 's3://payroll-{region}', '--baked', '--env'];
  const large = spawnSync(OPS, [...args, `NOTE=${'a b '.repeat(5000)}`], { encoding: 'utf8' });
  expect(large).toMatchObject({ status: 2, stdout: '' });
  expect(large.stderr).toContain('[LF_USERDATA_TOO_LARGE]');
  const foreign = spawnSync(OPS, [...args, 'QUEUE=https://sqs.us-west-2.amazonaws.com'], {
    encoding: 'utf8',
  });
  expect(foreign).toMatchObject({ status: 6, stdout: '' });
  expect(execFileSync(OPS, ['userdata', '--help'], { encoding: 'utf8' })).toContain('Example:');
});
