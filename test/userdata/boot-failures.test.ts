import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readAgentAddress } from '#scripts/ops/userdata/agent-address.ts';
import { readEnvironment } from '#scripts/ops/userdata/environment.ts';
import { renderUserData } from '#scripts/ops/userdata/user-data.ts';
import { BootStage, BUCKET, DIGEST, digestOf } from './boot-stage.ts';
import { CAN_PLAY, Machine } from './machine.ts';

/** Notes what of AWS it is to ask, and does not. */
const CURL_WITHOUT_AWS = `#!/bin/sh
case "$*" in *--version*) exec /usr/bin/curl "$@" ;; esac
config=$(cat)
printf '%s\\n' "$config" | grep -o 'https://[^/"]*' >>/usr/local/log/hosts && exit 7
printf '%s\\n' "$config" | /usr/bin/curl "$@"
`;

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

describe.runIf(CAN_PLAY)('user data that cannot do its work', () => {
  test('what is not what the digest says is never run, and everybody is told', async () => {
    stage.upload('#!/bin/sh\necho evil\n', DIGEST);
    const ran = await machine.run(stage.userData());
    expect(ran).toMatchObject({ code: 1, out: '' });
    const cause = `acme.agents-eu-west-1/tools/landfall-x64-${DIGEST}.zst holds sha256 ${digestOf('#!/bin/sh\necho evil\n')}, not ${DIGEST}`;
    expect(ran.err).toContain(`landfall: boot failed: ${cause}`);
    expect(machine.console).toContain(`*** LANDFALL BOOT FAILED: ${cause}`);
    expect(machine.log('journal').at(-1)).toContain(
      `-t landfall-boot -p daemon.err -- boot failed: ${cause}`,
    );
    expect(messages()).toEqual([expect.stringContaining(`boot failed: ${cause}`)]);
    expect(stage.problems).toEqual([]);
    expect(machine.read('/usr/local/bin/landfall')).toBeUndefined();
    expect(machine.log('systemctl')).toEqual([]);
  });

  test('S3 that refuses is asked again with growing pauses, then it gives up and says what S3 said', async () => {
    stage.sandbox.deleteObject(BUCKET, `tools/landfall-x64-${DIGEST}.zst`);
    const ran = await machine.run(stage.userData());
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(
      'boot failed: S3 answers 404 NoSuchKey to s3://acme.agents-eu-west-1/tools/landfall-x64-',
    );
    const pauses = machine.log('sleeps').map(Number);
    expect(pauses).toHaveLength(7);
    for (const [turn, pause] of pauses.entries()) expect(pause).toBeLessThan(Math.min(30, 2 ** turn));
  });

  test('the hosts of FIPS and of both address families are asked where the environment says so, and no others', async () => {
    machine.addProgram('curl', CURL_WITHOUT_AWS);
    const metadata = `AWS_EC2_METADATA_SERVICE_ENDPOINT=${stage.instance.imdsUrl}`;
    const flags = ['AWS_USE_FIPS_ENDPOINT=true', 'AWS_USE_DUALSTACK_ENDPOINT=true'];
    const userData = renderUserData({
      environment: readEnvironment('s3://payroll-{region}/landfall', [metadata, ...flags]),
      agents: [readAgentAddress(`s3://acme.agents-{region}/tools@sha256:${DIGEST}`)],
      format: 'shell',
    });
    expect((await machine.run(userData)).code).toBe(1);
    expect([...new Set(machine.log('hosts'))]).toEqual([
      'https://s3-fips.dualstack.eu-west-1.amazonaws.com',
      'https://logs-fips.eu-west-1.amazonaws.com',
    ]);
  });

  test('S3 that recovers is enough', async () => {
    stage.sandbox.faults.add({ service: 's3', effect: 'throttle', times: 2 });
    expect(await machine.run(stage.userData())).toMatchObject({ code: 0 });
    expect(machine.log('sleeps')).toHaveLength(2);
  });

  test('an instance without metadata, or without a role, says so on the console', async () => {
    stage.instance.mode = 'disabled';
    expect((await machine.run(stage.userData())).code).toBe(1);
    expect(machine.console).toContain('gives no IMDSv2 token');
    stage.instance.mode = 'required';
    stage.instance.setMetadata('iam/security-credentials/landfall', undefined);
    expect((await machine.run(stage.userData())).code).toBe(1);
    expect(machine.console).toContain('this instance has no role');
    expect(stage.asked).toEqual([]);
  });

  test("a configuration that is refused gives the agent's reason and exit code, and leaves the agent trying", async () => {
    const agent = `#!/bin/sh\necho '{"level":"warn"}' >&2; echo 'landfall: read s3://b: it is empty. Fill it. [LF_SOURCE_EMPTY]' >&2; exit 4\n`;
    stage.upload(agent, digestOf(agent));
    const ran = await machine.run(stage.userData(digestOf(agent)));
    expect(ran.code).toBe(4);
    expect(machine.console).toContain(
      '*** LANDFALL BOOT FAILED: read s3://b: it is empty. Fill it. [LF_SOURCE_EMPTY] ***',
    );
    expect(machine.log('systemctl').at(-1)).toBe('start --no-block landfall.service');
    expect(messages()).toHaveLength(1);
  });

  test('an architecture that the user data has no agent for is final', async () => {
    const given = `object_x64='acme.agents-{region}/tools`;
    const text = stage
      .userData()
      .replace(given, given.replace('x64', 'arm64'))
      .replace(/ digest_x64=(?=\w)/, ' digest_arm64=');
    const ran = await machine.run(text);
    expect(ran).toMatchObject({ code: 1 });
    expect(machine.console).toContain("there is no agent for the architecture 'x86_64' in this user data");
    expect(machine.log('sleeps')).toEqual([]);
  });
});

function messages(): readonly string[] {
  return stage.asked
    .filter(({ headers }) => headers['x-amz-target'] === 'Logs_20140328.PutLogEvents')
    .map(
      ({ body }) => (JSON.parse(body) as { logEvents: { message: string }[] }).logEvents[0]?.message ?? '',
    );
}
