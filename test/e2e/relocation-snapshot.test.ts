import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { STAGES, type AwsStage } from './aws-stage.ts';
import type { Citizen } from './citizen.ts';
import { Disk, dieWhileApplying, inhabit, renew } from './relocation-disk.ts';
import { CANARY, NEW, publishTo } from './relocation-payroll.ts';
import { bytesBelow, everyAnswer, everyCommand, tracesIn } from './relocation-traces.ts';

const SECRETS = [`pw-${CANARY[NEW]}`, `key-${CANARY[NEW]}`];
const SECRET_KEYS = ['app.password', 'api.key', 'both'];
const BOTH = { base: { 'both.properties': 'both=${app.password}/${api.key}\n' } };

/** Prints every property, secrets too, and fails. */
const TELLTALE = {
  [`region/${NEW}`]: {
    'plan.yaml': 'scripts:\n  99-telltale: { run: scripts/telltale.sh }\n',
    'scripts/telltale.sh': 'cat $LANDFALL_PROPERTIES; cat $LANDFALL_PROPERTIES >&2; exit 1\n',
  },
};

describe('an instance with secrets', () => {
  let disk: Disk;
  let stage: AwsStage;
  let citizen: Citizen;

  beforeAll(async () => {
    disk = new Disk();
    stage = (await STAGES[0]?.open()) as AwsStage;
    disk.take();
  });
  afterAll(async () => {
    disk[Symbol.dispose]();
    await stage.close();
  });

  beforeEach(async () => {
    disk.restore();
    await renew(stage);
    await publishTo(stage, NEW, disk.base, { candidate: true });
    const inhabitant = await inhabit(disk, stage, NEW);
    onTestFinished(() => inhabitant[Symbol.asyncDispose]());
    ({ citizen } = inhabitant);
    await citizen.ready();
    await citizen.settles();
  });

  it('has no configuration value in the raw bytes of its state folder, in any way it can end', async () => {
    const values = new Set([...(await valuesOf(citizen)), 'an override by hand', 'because of 4711']);
    expect([...values]).toEqual(expect.arrayContaining([...SECRETS, CANARY[NEW], 'INFO']));
    await citizen.cli(
      'set',
      'log.level',
      'an override by hand',
      '--for',
      '1h',
      '--reason',
      'because of 4711',
    );
    await publishTo(stage, NEW, disk.base, { more: BOTH });
    await citizen.serves('both', SECRETS.join('/'));
    await citizen.settles();
    for (const value of await valuesOf(citizen)) values.add(value);
    expectNone(values);
    await dieWhileApplying(citizen, disk);
    expectNone(values);
    const imdsUrl = citizen.agent.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '';
    const again = await inhabit(disk, stage, NEW, { imdsUrl });
    onTestFinished(() => again[Symbol.asyncDispose]());
    await again.citizen.ready();
    expectNone(values);
    expect(await again.citizen.agent.stop()).toBe(0);
    expectNone(values);
  });

  it('shows no secret to readers without the token: values, explanations, diffs, events, metrics, errors', async () => {
    await publishTo(stage, NEW, disk.base, { more: BOTH });
    await citizen.serves('both', SECRETS.join('/'));
    expect(tracesIn(await everyAnswer(citizen, SECRET_KEYS, 'anybody'), SECRETS)).toEqual([]);
    expect((await citizen.askTcp('/v1/config/both')).text).toBe('[redacted]');
    expect(tracesIn(await everyAnswer(citizen, SECRET_KEYS, 'token'), SECRETS)).not.toEqual([]);
    expect(citizen.agent.stderr).not.toContain(CANARY[NEW]);
  });

  it('shows no secret when a script prints all of them and fails: log, status, events, command line', async () => {
    await publishTo(stage, NEW, disk.base, { more: TELLTALE });
    await citizen.fails('LF_APPLY_SCRIPT');
    expect(citizen.agent.stderr).toContain('where');
    expect(tracesIn([['stderr', citizen.agent.stderr]], SECRETS)).toEqual([]);
    expect(tracesIn(await everyAnswer(citizen, SECRET_KEYS, 'anybody'), SECRETS)).toEqual([]);
    // Who may read the values is shown them where they are asked for, and there only.
    const told = [...(await everyAnswer(citizen, [], 'socket')), ...(await everyCommand(citizen, []))];
    const unasked = told.filter(
      ([request]) => !/(?:^|\/v1\/)config\b/.test(request) && !request.endsWith('/diff'),
    );
    expect(tracesIn(unasked, SECRETS)).toEqual([]);
  });

  function expectNone(values: Iterable<string>): void {
    const state = bytesBelow(join(disk.base, 'state'));
    expect(state.filter(([name]) => name.endsWith('.sealed')).length).toBeGreaterThan(3);
    expect(tracesIn(state, [...values])).toEqual([]);
  }
});

/** Of all properties, lists among them, with the token: nothing is redacted. */
async function valuesOf(citizen: Citizen): Promise<readonly string[]> {
  return Object.values(await citizen.properties())
    .flat()
    .map(String);
}
