import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { allowed } from '../support/allowed.ts';
import { loopbackServer, type LoopbackServer } from '../support/loopback-server.ts';
import { ask, dial, readAll } from '../support/raw-http.ts';
import type { Contents } from '../support/release-fixture.ts';
import { Payroll } from './payroll.ts';

/** A proxy that gives the answers to requests for objects of a release to each other, two by two, once told to. */
async function crossingProxy(target: string): Promise<LoopbackServer & { crossing: boolean }> {
  let waiting: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined;
  const forward = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = 'GET', headers, url = '/' } = request;
    const onward = http.request(new URL(url, target), { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
      answer.pipe(response);
    });
    request.pipe(onward);
  };
  const server = await loopbackServer((request, response) => {
    const isObject = (request.url ?? '').includes('/objects/');
    if (!proxy.crossing || !isObject) return forward(request, response);
    if (!waiting) return void (waiting = { request, response });
    const other = waiting;
    waiting = undefined;
    forward(request, other.response);
    forward(other.request, response);
  });
  const proxy = Object.assign(server, { crossing: false });
  return proxy;
}

/** Two objects of one size. */
function contents(version: string): Contents {
  return {
    base: { 'app.properties': `a=${version}\nb=2\n` },
    'role/web': { 'web.properties': `c=${version}\nd=4\n` },
  };
}

describe('answers that reach the wrong request', () => {
  it('are refused in a release: digests say whose they are', async () => {
    await using payroll = await Payroll.open({ files: {} });
    await using proxy = await crossingProxy(payroll.sandbox.url);
    payroll.publish('r1', contents('1'));
    const citizen = await payroll.run({ awsUrl: proxy.url.origin });
    const before = await citizen.properties();
    proxy.crossing = true;
    payroll.publish('r2', contents('2'));
    await citizen.fails('LF_DIGEST_MISMATCH');
    expect(await citizen.properties()).toEqual(before);
    proxy.crossing = false;
    await citizen.serves('c', '2');
  });
});

describe('a storm of 503', () => {
  it('on three of four requests is outlived: nothing is lost, every change comes', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    let turn = 0;
    const { sandbox } = payroll;
    const storm = setInterval(() => {
      sandbox.faults.clear();
      turn += 1;
      if (turn % 4 !== 0) sandbox.faults.add({ service: 's3', effect: 'throttle' });
      // Not a fourth of the interval: the slot of the agent would lie in the same turn each time.
    }, 230);
    try {
      for (const level of ['ERROR', 'FATAL', 'DEBUG']) {
        payroll.put('environment/prod/prod.properties', `log.level=${level}\n`);
        await citizen.serves('log.level', level, 30_000);
        expect((await citizen.ask('/readyz')).status).toBe(200);
      }
    } finally {
      clearInterval(storm);
    }
  });
});

describe('clients of the local API that never finish their request', () => {
  it('do not keep others waiting, and are cut', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    const loris = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const socket = await dial(index % 2 === 0 ? citizen.tcp : { socketPath: citizen.socket });
        socket.write('GET /v1/config HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
        const trickle = setInterval(() => socket.write('a'), 500);
        return { ended: readAll(socket).finally(() => clearInterval(trickle)) };
      }),
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask({ socketPath: citizen.socket }, { path: '/v1/config/log.level' })),
    );
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['WARN']));
    const startedAt = performance.now();
    const said = await Promise.all(loris.map(({ ended }) => ended));
    expect(new Set(said.map((text) => /^HTTP\/1.1 (\d+)/.exec(text)?.[1]))).toEqual(new Set(['408']));
    // 10 s for a request head, and up to 2 s until somebody looks.
    expect(performance.now() - startedAt).toBeLessThan(allowed(12_000));
    await citizen.serves('log.level', 'WARN');
  });
});
