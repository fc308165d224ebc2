import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newBase, type Citizen, type Home } from './citizen.ts';
import { Payroll } from './payroll.ts';

/** A disk with a settings file on it, and a `run` that reads it. */
function withFile(text: string, ...flags: string[]): Partial<Home> {
  const base = newBase();
  const file = join(base, 'agent.yaml');
  writeFileSync(file, text);
  return { base, args: ['run', '--config', file, ...flags] };
}

async function guardOf(citizen: Citizen): Promise<unknown> {
  const { guard } = (await citizen.json('/v1/status')) as { guard: { mode: string } };
  return guard.mode;
}

describe('a setting', () => {
  it('comes from the file, unless a variable says else, unless a flag does', async () => {
    await using payroll = await Payroll.open();
    const file = 'guard: warn\n';
    expect(await guardOf(await payroll.run())).toBe('enforce');
    expect(await guardOf(await payroll.run(withFile(file)))).toBe('warn');
    const env = { LANDFALL_GUARD: 'off' };
    expect(await guardOf(await payroll.run({ ...withFile(file), env }))).toBe('off');
    expect(await guardOf(await payroll.run({ ...withFile(file, '--guard', 'enforce'), env }))).toBe(
      'enforce',
    );
  });

  it('may be a list, a number or a duration in the file', async () => {
    await using payroll = await Payroll.open();
    const file = 'layers:\n  - base\n  - environment/{environment}\nmaxShrink: 1\nbootTimeout: 90\n';
    const citizen = await payroll.run(withFile(file));
    expect(await citizen.json('/v1/layers')).toMatchObject({
      order: ['base', 'environment/prod', 'override'],
    });
    expect(await citizen.properties()).toMatchObject({ workers: '2', 'log.level': 'WARN' });
  });

  it('says where the socket is, and that there is no port', async () => {
    await using payroll = await Payroll.open();
    const base = newBase();
    const socket = join(base, 'own.sock');
    const citizen = payroll.start({ base, env: { LANDFALL_LISTEN: '', LANDFALL_SOCKET: socket } });
    await expect.poll(async () => (await citizen.cli('status', '--json')).code, { timeout: 10_000 }).toBe(0);
    await expect.poll(async () => (await citizen.cli('get', 'db.port')).stdout).toBe('5432\n');
    expect(citizen.agent.stderr).not.toContain('"listen"');
  });

  it('that is wrong is named with all the others, and the way to set it', async () => {
    await using payroll = await Payroll.open();
    const { code, stderr } = await payroll.finish(
      withFile('guard: maybe\ninterval: soon\n', '--layout', 'flat'),
    );
    expect(code).toBe(2);
    for (const name of ['--guard or LANDFALL_GUARD', '--layout or LANDFALL_LAYOUT'])
      expect(stderr).toContain(name);
  });

  it('reaches the command line of the client too', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    const { stdout } = await citizen.cli(
      'get',
      'db.port',
      '--run-dir',
      '/nowhere',
      '--socket',
      citizen.socket,
    );
    expect(stdout).toBe('5432\n');
    const { port } = citizen.tcp;
    const overTcp = await citizen.cli(
      'get',
      'db.port',
      '--socket',
      '/nowhere',
      '--listen',
      `127.0.0.1:${port}`,
    );
    expect(overTcp.stdout).toBe('5432\n');
    const written = await citizen.cli('refresh', '--socket', '/nowhere', '--listen', `127.0.0.1:${port}`);
    expect(written.code).toBe(0);
  });
});

describe('the guard', () => {
  const FOREIGN = 'queue=https://sqs.us-east-1.amazonaws.com/123456789012/q\n';

  it('that warns serves what it found, and counts it', async () => {
    await using payroll = await Payroll.open();
    payroll.put('role/web/queue.properties', FOREIGN);
    const base = newBase();
    const target = join(base, 'rendered');
    payroll.put('base/plan.yaml', `templates:\n  q: { source: templates/q.liquid, target: ${target} }\n`);
    payroll.put('base/templates/q.liquid', '{{ queue }}\n');
    const citizen = await payroll.run({ base, env: { LANDFALL_GUARD: 'warn' } });
    expect(await citizen.json('/v1/status')).toMatchObject({ guard: { mode: 'warn', findings: 2 } });
    expect((await citizen.ask('/metrics')).text).toMatch(/^landfall_guard_findings 2$/m);
  });

  it('lets through what the plan allows, with a reason', async () => {
    await using payroll = await Payroll.open();
    payroll.put('role/web/queue.properties', FOREIGN);
    payroll.put(
      'base/plan.yaml',
      'guard:\n  allow:\n    - { key: queue, region: us-east-1, reason: "it exists only there" }\n',
    );
    const citizen = await payroll.run();
    expect(await citizen.json('/v1/status')).toMatchObject({ guard: { mode: 'enforce', findings: 0 } });
  });
});
