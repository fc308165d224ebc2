import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/raw-http.ts';
import type { Citizen } from './citizen.ts';
import { Payroll } from './payroll.ts';

let payroll: Payroll;
let citizen: Citizen;

beforeAll(async () => {
  payroll = await Payroll.open();
  citizen = await payroll.run();
});
afterAll(() => payroll[Symbol.asyncDispose]());

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({ status, code });
  expect(answer.status).toBe(status);
}

describe('a request that no program on this host makes', () => {
  it.each([
    ['a rebound name', { host: 'evil.example' }],
    ['a rebound name with the port', { host: 'evil.example:5263' }],
    ['an address of the instance', { host: '10.0.0.1' }],
    ['loopback as a part of a name', { host: '127.0.0.1.evil.example' }],
    ['X-Forwarded-For', { 'x-forwarded-for': '1.2.3.4' }],
    ['X-Forwarded-Host', { 'x-forwarded-host': 'localhost' }],
    ['X-Forwarded-Proto, empty', { 'x-forwarded-proto': '' }],
    ['Forwarded', { forwarded: 'for=1.2.3.4' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
  ])('is refused: %s', async (_, headers) => {
    for (const path of ['/v1/config', '/healthz', '/metrics', '/v1/config/db.host'])
      expectProblem(await citizen.askTcp(path, { headers }), 403, 'LF_REQUEST_REFUSED');
  });

  it.each(['localhost', '127.0.0.1', '[::1]', '127.0.0.1:5263'])('is not one to Host %s', async (host) => {
    expect((await citizen.askTcp('/v1/config/db.port', { headers: { host } })).text).toBe('5432');
  });

  it('is one through a proxy also over the socket', async () => {
    const answer = await citizen.ask('/v1/config', { headers: { host: 'x', 'x-forwarded-for': '1.2.3.4' } });
    expectProblem(answer, 403, 'LF_REQUEST_REFUSED');
  });

  it('is refused when its body is over 64 KiB, announced or not', async () => {
    const body = Buffer.alloc(64 * 1024 + 1, 'x');
    const headers = { authorization: `Bearer ${citizen.token}` };
    const announced = { ...headers, 'content-length': String(body.length) };
    for (const sent of [announced, { ...headers, 'transfer-encoding': 'chunked' }]) {
      const answer = await citizen.askTcp('/v1/overrides/a', { method: 'PUT', headers: sent, body });
      expectProblem(answer, 413, 'LF_REQUEST_REFUSED');
    }
  });

  it('is 404 for a path and 405 for a method there is none of', async () => {
    expectProblem(await citizen.askTcp('/v2/config'), 404, 'LF_REQUEST_INVALID');
    const wrong = await citizen.askTcp('/v1/config', { method: 'DELETE' });
    expectProblem(wrong, 405, 'LF_REQUEST_INVALID');
    expect(wrong.headers.allow).toContain('GET');
  });
});

describe('a write', () => {
  const WRITES: readonly [method: string, path: string, body?: string][] = [
    ['POST', '/v1/refresh'],
    ['PUT', '/v1/overrides/log.level', '{"value":"DEBUG","for":"1h","reason":"test"}'],
    ['DELETE', '/v1/overrides/log.level'],
  ];

  it.each(WRITES)('needs the token over TCP: %s %s', async (method, path, body = '') => {
    expectProblem(await citizen.askTcp(path, { method, body }), 401, 'LF_UNAUTHORIZED');
    const headers = { authorization: 'Bearer guess' };
    expectProblem(await citizen.askTcp(path, { method, body, headers }), 401, 'LF_UNAUTHORIZED');
    expect((await citizen.ask('/v1/config/log.level')).text).toBe('WARN');
  });

  it.each(WRITES)('is done with the token: %s %s', async (method, path, body = '') => {
    const headers = { authorization: `Bearer ${citizen.token}` };
    expect((await citizen.askTcp(path, { method, body, headers })).status).toBe(200);
  });

  it.each(WRITES)('is done over the socket: %s %s', async (method, path, body = '') => {
    expect((await citizen.ask(path, { method, body })).status).toBe(200);
  });

  it('is for whoever may read the token, which is its owner alone', () => {
    const modes = ['token', 'landfall.sock'].map(
      (file) => statSync(join(citizen.base, 'run', file)).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o660]);
  });
});
