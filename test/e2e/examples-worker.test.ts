import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LANDFALL } from './citizen.ts';
import { describeUnless } from '../support/unless.ts';
import { NO_MACHINE } from './example-machine.ts';
import { changesUntilStopped, ExampleSite, otherThan, REGIONS, type Region } from './example-site.ts';

// The help of a command that is not there is that of the program.
const { stdout: help } = spawnSync(LANDFALL, ['exec', '--help'], { encoding: 'utf8' });
const NO_EXEC = help.startsWith('Usage: landfall exec') ? undefined : 'there is no `landfall exec`';
if (NO_EXEC !== undefined) console.warn(`SKIPPED: the worker of examples/worker, because ${NO_EXEC}`);

const DATABASE = { 'eu-west-1': 'd0blckr43xyz', 'us-east-1': 'c9akciq32abc' };
const ENVIRONMENT = '/etc/payslips/worker.env';
const UNIT = '/etc/systemd/system/payslips-worker.service';

/** What the worker says when it starts. */
function startIn(region: Region, batch: number): string {
  return [
    'worker starts JAVA_TOOL_OPTIONS=-Xmx2g',
    `WORKER_BATCH_SIZE=${batch}`,
    `WORKER_DATABASE_URL=postgres://payroll.${DATABASE[region]}.${region}.rds.amazonaws.com:5432/payroll`,
    'WORKER_LOG_LEVEL=WARN',
    `WORKER_QUEUE_URL=https://sqs.${region}.amazonaws.com/123456789012/payslips-prod`,
  ].join(' ');
}

describeUnless(NO_MACHINE, 'examples/worker', () => {
  let site: ExampleSite;
  beforeAll(async () => {
    const tools = ['systemctl', 'payslips-worker'] as const;
    site = await ExampleSite.open({ example: 'worker', role: 'worker', tools });
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  it.each(REGIONS)('puts unit and environment in place in %s and starts the service', async (region) => {
    expect(await site.boot(region)).toMatchObject({ code: 0 });
    const machine = site.machine(region);
    expect(machine.calls).toEqual([
      'systemctl daemon-reload',
      'systemctl enable payslips-worker',
      'systemctl start payslips-worker',
    ]);
    expect(machine.read(ENVIRONMENT)).toBe('JAVA_TOOL_OPTIONS="-Xmx2g"\n');
    expect(machine.mode(ENVIRONMENT)).toBe('640');
    expect(machine.naming(otherThan(region), DATABASE[otherThan(region)])).toEqual([]);
  });

  it.each(REGIONS)('changes nothing when it starts again in %s', async (region) => {
    const machine = site.machine(region);
    const before = { files: machine.files, calls: machine.calls };
    expect(await site.plan(region)).toMatch(/^nothing would change;/);
    expect(await changesUntilStopped(await site.run(region))).toEqual([]);
    expect({ files: machine.files, calls: machine.calls }).toEqual(before);
  });

  it.skipIf(NO_EXEC !== undefined).each(REGIONS)('follows a change in %s by itself', async (region) => {
    const machine = site.machine(region);
    const { length } = machine.calls;
    const told = (): readonly string[] => machine.calls.slice(length);
    const daemon = await site.run(region);
    const worker = site.beside(daemon, region, ENVIRONMENT, execOf(machine.read(UNIT)));
    const why = (): string => `${told().join('\n')}\n${worker.agent.stderr}`;
    const says = (line: string): Promise<void> => until(() => told().at(-1) === line, why);
    await says(startIn(region, 500));
    site.put(region, 'role/worker/environment/prod/more.properties', 'worker.batch.size = 250\n');
    await says(startIn(region, 250));
    expect(await worker.agent.stop()).toBe(0);
    expect(told()).toEqual([startIn(region, 500), 'worker ends', startIn(region, 250), 'worker ends']);
  });

  it('restarts the unit for what it is started with', async () => {
    const machine = site.machine('eu-west-1');
    const { length } = machine.calls;
    site.put(
      'eu-west-1',
      'role/worker/environment/prod/heap.properties',
      'runtime.JAVA_TOOL_OPTIONS = -Xmx4g\n',
    );
    expect(await site.boot('eu-west-1')).toMatchObject({ code: 0 });
    expect(machine.calls.slice(length)).toEqual(['systemctl restart payslips-worker']);
  });
});

/** The arguments of landfall in the unit; the program is where the machine has it. */
function execOf(unit: string): readonly string[] {
  const [program, ...args] = (/^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '').split(' ');
  expect(program).toBe('/usr/local/bin/landfall');
  // Where this machine has it; and a test need not wait for a random moment.
  const words = args
    .join(' ')
    .replace('/usr/local/bin/', '/usr/local/sbin/')
    .replace('--splay 30s', '--splay 0s');
  return words.split(' ');
}

async function until(accept: () => boolean, why: () => string): Promise<void> {
  const end = performance.now() + 15_000;
  while (!accept()) {
    if (performance.now() > end) throw new Error(`it never came to that: ${why()}`);
    await sleep(10);
  }
}
