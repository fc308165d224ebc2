import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import type { InstanceOptions, SandboxInstance } from '../../scripts/sandbox/imds/instance.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask } from './wire.ts';
import type { Reply } from './wire.ts';

const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';
const clock = new FakeClock();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ clock });
});
afterAll(() => sandbox.close());

function launch(options: Partial<InstanceOptions> = {}): Promise<SandboxInstance> {
  return sandbox.addInstance({ region: 'eu-west-1', tags: { role: 'web' }, ...options });
}

function putToken(
  instance: SandboxInstance,
  headers: Record<string, string> = { [TTL]: '60' },
): Promise<Reply> {
  return ask(`${instance.imdsUrl}/latest/api/token`, { method: 'PUT', headers });
}

async function reader(instance: SandboxInstance, ttl = '21600'): Promise<(path: string) => Promise<Reply>> {
  const token = (await putToken(instance, { [TTL]: ttl })).body;
  return (path) =>
    ask(`${instance.imdsUrl}/latest/${path}`, { headers: { 'x-aws-ec2-metadata-token': token } });
}

describe('the token', () => {
  it('comes for a TTL of 1 to 21600 seconds, which is answered', async () => {
    const reply = await putToken(await launch(), { [TTL]: '21600' });
    expect(reply).toMatchObject({ status: 200, headers: { [TTL]: '21600' } });
    expect(reply.body).toMatch(/^[\w-]{56}$/);
  });

  it.each(['', '0', '21601', '-1', '1.5', 'x'])('is refused with 400 for the TTL "%s"', async (ttl) => {
    expect((await putToken(await launch(), { [TTL]: ttl })).status).toBe(400);
  });

  it('is refused without a TTL, and with 403 to what came through a proxy', async () => {
    const instance = await launch();
    expect((await putToken(instance, {})).status).toBe(400);
    expect((await putToken(instance, { [TTL]: '60', 'x-forwarded-for': '10.0.0.9' })).status).toBe(403);
  });

  it('opens until its TTL is over, to the millisecond', async () => {
    const read = await reader(await launch(), '60');
    await clock.advance(59_999);
    expect((await read('meta-data/placement/region')).body).toBe('eu-west-1');
    await clock.advance(1);
    expect((await read('meta-data/placement/region')).status).toBe(401);
  });

  it('is asked of every GET, and one without is a violation', async () => {
    const instance = await launch();
    expect((await ask(`${instance.imdsUrl}/latest/meta-data/`)).status).toBe(401);
    const wrong = { 'x-aws-ec2-metadata-token': 'wrong' };
    expect((await ask(`${instance.imdsUrl}/latest/meta-data/`, { headers: wrong })).status).toBe(401);
    expect(instance.violations).toEqual(['/latest/meta-data/']);
  });

  it('is of one instance: another does not take it', async () => {
    const token = (await putToken(await launch())).body;
    const other = await launch();
    const headers = { 'x-aws-ec2-metadata-token': token };
    expect((await ask(`${other.imdsUrl}/latest/meta-data/`, { headers })).status).toBe(401);
  });
});

describe('the modes', () => {
  it('v1-only knows no token and serves without', async () => {
    const instance = await launch({ mode: 'v1-only' });
    expect((await putToken(instance)).status).toBe(405);
    expect((await ask(`${instance.imdsUrl}/latest/meta-data/placement/region`)).body).toBe('eu-west-1');
  });

  it('optional serves with and without, and still notes the violation', async () => {
    const instance = await launch({ mode: 'optional' });
    expect((await (await reader(instance))('meta-data/placement/region')).status).toBe(200);
    expect((await ask(`${instance.imdsUrl}/latest/meta-data/placement/region`)).status).toBe(200);
    expect(instance.violations).toHaveLength(1);
  });

  it('disabled is 403 for all', async () => {
    const instance = await launch({ mode: 'disabled' });
    expect((await putToken(instance)).status).toBe(403);
  });

  it('hop-limit takes the PUT and never answers, until the sandbox closes', async () => {
    const own = await startSandbox();
    const instance = await own.addInstance({ region: 'eu-west-1', mode: 'hop-limit' });
    const heard = own.requests.next();
    const pending = putToken(instance).catch((error: NodeJS.ErrnoException) => error.code);
    expect(await heard).toMatchObject({ operation: 'Token', status: 0 });
    await own.close();
    expect(await pending).toBe('ECONNRESET');
  });

  it('down cuts the connection, and may end', async () => {
    const instance = await launch();
    instance.mode = 'down';
    await expect(putToken(instance)).rejects.toMatchObject({ code: 'ECONNRESET' });
    instance.mode = 'required';
    expect((await putToken(instance)).status).toBe(200);
  });
});

describe('with the wrong path or method', () => {
  it('answers 404 and 405', async () => {
    const instance = await launch();
    const read = await reader(instance);
    expect((await read('meta-data/no/such/thing')).status).toBe(404);
    expect((await ask(`${instance.imdsUrl}/latest/meta-data/`, { method: 'PUT' })).status).toBe(404);
    expect((await ask(`${instance.imdsUrl}/latest/meta-data/`, { method: 'POST' })).status).toBe(405);
  });
});
