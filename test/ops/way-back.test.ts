import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parsePointer, printPointer, type Pointer } from '#config-service';
import { opsBench, PAYROLL, TO, type OpsBench } from './ops-bench.ts';

const ONE = [...TO, '--regions', 'eu-west-1'];
const HERE = [...TO, '--region', 'eu-west-1'];
const SLOW = ['--rollout', '10%:10h,100%'];
const POINTER = 'landfall/current.json';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const folderOf = (name: string) => bench.folder({ ...PAYROLL, 'base/name.properties': `name = ${name}\n` });

async function publish(name: string, ...more: readonly string[]): Promise<string> {
  const ran = await bench.run('publish', await folderOf(name), ...ONE, '--message', name, ...more);
  expect(ran, ran.err).toMatchObject({ code: 0 });
  const pointer = bench.pointer('eu-west-1');
  return (pointer?.candidate?.release ?? pointer?.stable)?.id ?? '';
}

const stable = () => bench.pointer('eu-west-1')?.stable.id;
const at = (ms: number): void => {
  bench.context = {
    ...bench.context,
    clock: { sleep: async () => {}, monotonic: () => 0, now: () => ms },
  };
};
const START = Date.UTC(2026, 10, 21, 5);

function heldPointer(): Pointer {
  const object = bench.sandbox.getObject('payroll-eu-west-1', POINTER);
  const parsed = parsePointer(object?.body ?? Buffer.from(''), 'eu-west-1', 'pointer');
  if (parsed.kind === 'invalid') throw new Error(parsed.fault.cause);
  return parsed.pointer;
}

describe('the way back', () => {
  it('goes through what ran, when all were published within one second', async () => {
    at(START);
    const ids: string[] = [];
    for (const name of ['A', 'D', 'C', 'B']) ids.push(await publish(name));
    for (const id of ids.toReversed().slice(1)) {
      expect((await bench.run('rollback', ...HERE)).code).toBe(0);
      expect(stable()).toBe(id);
    }
    expect((await bench.run('rollback', ...HERE)).err).toContain('[LF_RELEASE_UNKNOWN]');
  });

  it('is found when a publisher had a clock that is behind', async () => {
    at(START);
    await publish('A');
    at(START + 60_000);
    const second = await publish('B');
    at(START - 600_000);
    await publish('C');
    expect((await bench.run('diff', ...HERE)).out).toContain(second);
    expect((await bench.run('rollback', ...HERE)).code).toBe(0);
    expect(stable()).toBe(second);
  });

  it('leads past what was halted, ended or rolled back from', async () => {
    const first = await publish('A');
    await bench.clock.advance(60_000);
    await publish('halted', ...SLOW);
    await bench.run('halt', ...HERE, '--reason', 'errors');
    await bench.clock.advance(60_000);
    await publish('ended', ...SLOW);
    await bench.clock.advance(60_000);
    await publish('bad');
    expect((await bench.run('rollback', ...HERE, '--message', 'slow')).code).toBe(0);
    expect(stable()).toBe(first);
    await bench.clock.advance(60_000);
    await publish('last');
    expect((await bench.run('rollback', ...HERE)).code).toBe(0);
    expect(stable()).toBe(first);
    const { out } = await bench.run('releases', ...HERE);
    expect(out).toMatch(/halted at 2026-.*: errors .*halted/);
    expect(out).toMatch(/rolled back from at 2026-.*: slow .*bad/);
  });

  it('over several wants none of them, and forth again blames nobody', async () => {
    const ids: string[] = [];
    for (const name of ['A', 'B', 'C']) {
      ids.push(await publish(name));
      await bench.clock.advance(60_000);
    }
    const [first = '', , third = ''] = ids;
    await bench.run('rollback', first, ...HERE);
    expect((await bench.run('rollback', ...HERE)).code).toBe(4);
    await bench.run('rollback', third, ...HERE);
    expect((await bench.run('rollback', ...HERE)).code).toBe(0);
    expect(stable()).toBe(first);
  });

  it('knows the stable release that a completed rollout replaced', async () => {
    const first = await publish('A');
    await bench.clock.advance(60_000);
    await publish('B', '--rollout', '10%:1m,100%');
    await bench.clock.advance(120_000);
    expect((await bench.run('rollback', ...HERE)).code).toBe(0);
    expect(stable()).toBe(first);
  });

  it('knows what ran when an older pointer was put back in between', async () => {
    await publish('A');
    const old = bench.sandbox.getObject('payroll-eu-west-1', POINTER)?.body ?? '';
    await bench.clock.advance(60_000);
    const second = await publish('B');
    // The record of what runs is written with the pointer.
    bench.sandbox.putObject('payroll-eu-west-1', POINTER, old);
    await bench.clock.advance(60_000);
    await publish('C');
    expect((await bench.run('rollback', ...HERE)).code).toBe(0);
    expect(stable()).toBe(second);
  });

  it('asks with both names, and a no moves nothing', async () => {
    const first = await publish('A');
    await bench.clock.advance(60_000);
    const second = await publish('B');
    const asked: string[] = [];
    bench.context = { ...bench.context, ask: async (question) => (asked.push(question), false) };
    expect((await bench.run('rollback', ...HERE)).err).toContain('[LF_INTERRUPTED]');
    expect(asked).toEqual([`Roll back eu-west-1 from ${second} to ${first}?`]);
    expect(stable()).toBe(second);
    expect((await bench.run('rollback', ...HERE, '--yes')).code).toBe(0);
    expect(asked).toHaveLength(1);
  });

  it('takes several regions, all of which are looked at first', async () => {
    const both = [...TO, '--regions', 'eu-west-1,us-east-1'];
    await bench.run('publish', await folderOf('A'), ...both);
    const first = stable();
    await bench.clock.advance(60_000);
    await bench.run('publish', await folderOf('B'), ...both);
    expect((await bench.run('rollback', ...both, '--region', 'eu-west-1')).code).toBe(2);
    expect((await bench.run('rollback', ...both)).code).toBe(0);
    expect([stable(), bench.pointer('us-east-1')?.stable.id]).toEqual([first, first]);
    await publish('C');
    const before = stable();
    expect((await bench.run('rollback', ...both)).code, 'us-east-1 has none').toBe(4);
    expect(stable()).toBe(before);
  });

  it('leads by name out of a pointer that nobody can read', async () => {
    const first = await publish('A');
    bench.sandbox.putObject('payroll-eu-west-1', POINTER, '{');
    const lost = await bench.run('rollback', ...HERE);
    // Nobody was there to write the record of what never was replaced.
    expect(lost).toMatchObject({ code: 2, err: expect.stringContaining(first) });
    expect((await bench.run('rollback', first, ...HERE)).code).toBe(0);
    expect(stable()).toBe(first);
  });
});

describe('a pipeline that runs again', () => {
  it.each([[[]], [SLOW]])('does not undo a halt (%s), unless told to', async (more: readonly string[]) => {
    const first = await publish('A');
    await bench.clock.advance(60_000);
    await publish('B', ...SLOW);
    bench.context = { ...bench.context, env: { ...bench.context.env, GITHUB_ACTOR: 'ann' } };
    await bench.run('halt', ...HERE, '--reason', 'errors at login');
    await bench.clock.advance(60_000);
    const again = await bench.run('publish', await folderOf('B'), ...ONE, ...more);
    expect(again).toMatchObject({ code: 4, err: expect.stringContaining('[LF_RELEASE_HALTED]') });
    expect(again.err).toMatch(/was halted at 2026-\S+ by ann: errors at login/);
    expect(stable()).toBe(first);
    await publish('mended');
    expect((await bench.run('publish', await folderOf('B'), ...ONE, ...more)).code, 'later, too').toBe(4);
    await publish('B', ...more, '--resume');
  });

  it('does not bring back what was rolled back from', async () => {
    await publish('A');
    await bench.clock.advance(60_000);
    await publish('B');
    await bench.run('rollback', ...HERE);
    await bench.clock.advance(60_000);
    const again = await bench.run('publish', await folderOf('B'), ...ONE);
    expect(again.err).toContain('was rolled back from at');
  });

  it('goes on with a rollout that nobody halted', async () => {
    await publish('A');
    await bench.clock.advance(60_000);
    await publish('B', ...SLOW);
    const again = await bench.run('publish', await folderOf('B'), ...ONE, ...SLOW);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('standing') });
  });

  it('does not publish over a newer release than it expects', async () => {
    expect((await bench.run('publish', await folderOf('A'), ...ONE, '--expect', 'x')).code).toBe(4);
    const first = await publish('A', '--expect', 'none');
    await bench.clock.advance(60_000);
    const second = await publish('B', '--expect', first);
    const old = await bench.run('publish', await folderOf('C'), ...ONE, '--expect', first);
    expect(old).toMatchObject({ code: 4, err: expect.stringContaining(`eu-west-1 runs ${second}`) });
    expect(await publish('B', '--expect', first), 'its own, run again').toBe(second);
  });
});

describe('landfall-ops releases over all regions', () => {
  const both = [...TO, '--regions', 'eu-west-1,us-east-1'];

  it('says when they run different releases, and shows the others when one cannot be read', async () => {
    await bench.run('publish', await folderOf('A'), ...both);
    const first = stable();
    expect((await bench.run('releases', ...both)).out).not.toContain('drift');
    await bench.clock.advance(60_000);
    const second = await publish('B');
    expect((await bench.run('releases', ...both)).out).toContain(
      `drift: eu-west-1 ${second}, us-east-1 ${first}`,
    );
    expect(JSON.parse((await bench.run('releases', ...both, '--json')).out)).toMatchObject({ drift: true });
    bench.sandbox.putObject('payroll-eu-west-1', POINTER, '{');
    const ran = await bench.run('releases', ...both);
    expect(ran).toMatchObject({ code: 5, out: expect.stringContaining(`${first}  current`) });
  });

  it('names the instances that failed, with code and time', async () => {
    const release = await publish('A');
    const health = { release, ok: false, code: 'LF_PARSE', at: '2026-11-21T00:00:00Z', instanceId: 'i-3' };
    const key = `landfall/health/${release}/i-3.json`;
    bench.sandbox.putObject('payroll-eu-west-1', key, JSON.stringify({ ...health, role: 'web' }));
    expect((await bench.run('releases', ...HERE)).out).toMatch(
      /failed {2}i-3 {2}LF_PARSE {2}web {2}2026-11-21T00:00:00Z/,
    );
  });
});

describe('landfall-ops diff --folder', () => {
  it('compares a folder with what runs, and writes nothing', async () => {
    const live = await publish('A');
    const denied = { status: 403, code: 'AccessDenied' };
    bench.sandbox.faults.add({ service: 's3', operation: 'PutObject', effect: denied });
    const folder = await folderOf('B');
    const ran = await bench.run('diff', '--folder', folder, ...HERE);
    expect(ran, ran.err).toMatchObject({ code: 0, out: expect.stringContaining(`${live} -> ${folder}`) });
    expect(ran.out).toMatch(/~ {2}name {2}A -> B/);
    expect((await bench.run('diff', live, live, '--folder', folder, ...HERE)).code).toBe(2);
  });
});

describe('landfall-ops releases --last', () => {
  it('shows what runs, however old', async () => {
    const first = await publish('A');
    for (const name of ['B', 'C', 'D']) {
      await bench.clock.advance(60_000);
      await publish(name);
    }
    await bench.run('rollback', first, ...HERE);
    const { out } = await bench.run('releases', ...HERE, '--last', '2');
    expect(out).toMatch(new RegExp(`${first}\\s+current`));
    expect(out.trim().split('\n')).toHaveLength(3);
  });

  it.each(['abc', '0', '-1', '1.5'])('%s is no number', async (text) => {
    await publish('A');
    expect((await bench.run('releases', ...HERE, '--last', text)).code).toBe(2);
  });
});

describe('a trail that is signed', () => {
  const pair = generateKeyPairSync('ed25519');
  let sign: readonly string[];
  beforeEach(async () => {
    const key = path.join(await bench.folder({ README: '' }), 'release.pem');
    await writeFile(key, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    sign = ['--sign', key];
  });
  it('tells a signed way back, and one that somebody else wrote does not', async () => {
    const ids: string[] = [];
    for (const name of ['A', 'B', 'C']) {
      ids.push(await publish(name, ...sign));
      await bench.clock.advance(60_000);
    }
    const whole = heldPointer();
    const past = whole.trail?.past.filter(({ release }) => release === ids[0]) ?? [];
    const forged = { ...whole, trail: { ...whole.trail, past } };
    bench.sandbox.putObject('payroll-eu-west-1', POINTER, printPointer(forged));
    const refused = await bench.run('rollback', ...HERE, ...sign);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('can be believed') });
    bench.sandbox.putObject('payroll-eu-west-1', POINTER, printPointer(whole));
    expect((await bench.run('rollback', ...HERE, ...sign)).code).toBe(0);
    expect(stable()).toBe(ids[1]);
  });
});
