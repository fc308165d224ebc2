import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { InstanceOptions } from '../../scripts/sandbox/imds/instance.ts';
import { newBase, type Citizen } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

const GROUP = '/prod/web/app';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-nightly-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** An instance that ships the logs of its application, and may be stopped and started. */
async function open(instance: Partial<InstanceOptions> = {}): Promise<Payroll> {
  const payroll = await Payroll.open({
    instance,
    files: {
      'base/app.properties': 'a=1\n',
      'base/plan.yaml': `logs: { app: { path: "${folder}/*.log", group: "/{environment}/{role}/app" } }\n`,
    },
  });
  onTestFinished(() => payroll[Symbol.asyncDispose]());
  return payroll;
}

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}`);

function write(from: number, to: number, name = 'app.log'): void {
  appendFileSync(join(folder, name), `${lines(from, to).join('\n')}\n`);
}

function shipped(payroll: Payroll, stream = payroll.instance.instanceId): readonly string[] {
  return payroll.sandbox.logs.events(REGION, GROUP, stream).map(({ message }) => message);
}

async function arrives(payroll: Payroll, last: number): Promise<void> {
  for (const end = performance.now() + 15_000; !shipped(payroll).includes(`line ${last - 1}`);) {
    if (performance.now() > end) throw new Error(`line ${last - 1} never came`);
    await sleep(20);
  }
}

async function stop({ agent }: Citizen): Promise<void> {
  agent.signal('SIGTERM');
  await agent.exited();
}

const checkpointsIn = (base: string): readonly string[] =>
  readdirSync(join(base, 'state')).filter((name) => name.startsWith('logs.'));

describe('log files of an instance that is stopped at night and started in the morning', () => {
  it('go on where they were, rotated meanwhile or not: no line twice, none lost', async () => {
    const payroll = await open();
    const base = newBase();
    write(0, 100);
    const evening = await payroll.run({ base });
    await arrives(payroll, 100);
    await stop(evening);

    payroll.instance.stopAndStart();
    write(100, 200);
    const morning = await payroll.run({ base });
    await arrives(payroll, 200);
    expect(shipped(payroll)).toEqual(lines(0, 200));
    expect(await morning.json('/v1/status')).toMatchObject({ fence: { removed: [], landing: null } });
    await stop(morning);

    payroll.instance.stopAndStart();
    write(200, 300);
    renameSync(join(folder, 'app.log'), join(folder, 'app.log.1'));
    write(300, 400);
    await payroll.run({ base });
    await arrives(payroll, 400);
    expect(shipped(payroll)).toEqual(lines(0, 400));
  });

  it('do so after a host that failed under the agent, too: what was under way may come twice, nothing is lost', async () => {
    const payroll = await open();
    const base = newBase();
    write(0, 20_000);
    const first = await payroll.run({ base });
    await arrives(payroll, 20_000);
    // The checkpoint of the last batch is on the disk when the next one leaves.
    write(20_000, 20_001);
    await arrives(payroll, 20_001);
    await first.kill();
    payroll.instance.stopAndStart();
    write(20_001, 20_100);
    await payroll.run({ base });
    await arrives(payroll, 20_100);
    expect([...new Set(shipped(payroll))]).toEqual(lines(0, 20_100));
    expect(shipped(payroll).length - 20_100).toBeLessThanOrEqual(1);
  });

  it('do so where the metadata service gives no signature: a checkpoint needs no key', async () => {
    const payroll = await open({ signed: false });
    const base = newBase();
    write(0, 100);
    await stop(await payroll.run({ base }).then(async (citizen) => (await arrives(payroll, 100), citizen)));
    expect(readdirSync(join(base, 'state')).filter((name) => name.endsWith('.sealed'))).toEqual([]);
    write(100, 200);
    await payroll.run({ base });
    await arrives(payroll, 200);
    expect(shipped(payroll)).toEqual(lines(0, 200));
  });

  it('are told by what holds no word of them: paths and numbers under a stamp, for the agent alone', async () => {
    const payroll = await open();
    const base = newBase();
    writeFileSync(join(folder, 'app.log'), 'password is hunter2\n');
    const citizen = await payroll.run({ base });
    write(0, 1);
    await arrives(payroll, 1);
    await stop(citizen);
    expect(checkpointsIn(base)).not.toEqual([]);
    for (const name of checkpointsIn(base)) {
      const text = readFileSync(join(base, 'state', name), 'utf8');
      expect(text).toContain(payroll.instance.instanceId);
      expect(text).not.toMatch(/hunter|line 0/);
    }
  });

  it.each([
    ['damaged', (text: string) => text.replace(/"offset":\d+/, '"offset":1')],
    ['cut short', (text: string) => text.slice(0, -10)],
    ['without a stamp', (text: string) => text.slice(text.indexOf('\n', 9) + 1)],
    ['of another instance', (text: string) => text.replace(/"i-\w+"/, '"i-0fedcba9876543210"')],
  ])(
    'are read from their beginning when what was kept is %s: rather twice than not at all',
    async (_, spoil) => {
      const payroll = await open();
      const base = newBase();
      write(0, 100);
      const first = await payroll.run({ base });
      await arrives(payroll, 100);
      await stop(first);
      expect(checkpointsIn(base)).not.toEqual([]);
      for (const name of checkpointsIn(base)) {
        const path = join(base, 'state', name);
        writeFileSync(path, spoil(readFileSync(path, 'utf8')));
      }
      write(100, 200);
      await payroll.run({ base });
      await arrives(payroll, 200);
      expect(shipped(payroll)).toEqual([...lines(0, 100), ...lines(0, 200)]);
    },
  );
});
