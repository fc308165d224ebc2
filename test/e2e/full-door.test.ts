import type { Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { allowed } from '../support/allowed.ts';
import { crowdOfAnother, IS_ROOT } from '../support/crowd.ts';
import { dial, readUntil } from '../support/raw-http.ts';
import { Payroll } from './payroll.ts';

const PATH = '/v1/config/db.port';
const REQUEST = `GET ${PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const isAnswer = (text: string): boolean => text.endsWith('\r\n\r\n5432');

vi.setConfig({ testTimeout: 60_000 });

it.each([
  ['kept alive', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['silent', ''],
])('1,200 connections that are %s shut neither door', async (_, send) => {
  await using payroll = await Payroll.open();
  const citizen = await payroll.run();
  const crowd: Socket[] = [];
  try {
    for (let count = 0; count < 1200; count += 1) {
      const socket = await dial(citizen.tcp);
      crowd.push(socket);
      if (send !== '') socket.write(send);
    }
    for (const ask of [() => citizen.askTcp(PATH), () => citizen.ask(PATH)]) {
      const askedAt = performance.now();
      expect((await ask()).text).toBe('5432');
      expect(performance.now() - askedAt).toBeLessThan(allowed(1000));
    }
  } finally {
    for (const socket of crowd) socket.destroy();
  }
});

it.runIf(IS_ROOT)(
  'all that another user can hold costs nobody else the one that is kept, or a place to wait',
  async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    const kept = await dial(citizen.tcp);
    try {
      kept.write(REQUEST);
      const tag = /^ETag: (.*)\r$/m.exec(await readUntil(kept, isAnswer))?.[1] ?? '';
      // One that stays for a while, as those of a pool of connections do, and is known by then.
      const wait = REQUEST.replace(PATH, `${PATH}?wait=3s`).replace(
        '\r\n\r\n',
        `\r\nIf-None-Match: ${tag}\r\n\r\n`,
      );
      kept.write(wait);
      await readUntil(kept, (text) => text.includes(' 304 ') && text.endsWith('\r\n\r\n'));
      // From many addresses of loopback, which say nothing about who it is.
      await crowdOfAnother(citizen.tcp.port, 1200, REQUEST, true);
      for (const ask of [() => citizen.askTcp(PATH), () => citizen.ask(PATH)]) {
        const askedAt = performance.now();
        expect((await ask()).text).toBe('5432');
        expect(performance.now() - askedAt).toBeLessThan(allowed(1000));
      }
      expect(kept.closed).toBe(false);
      kept.write(REQUEST);
      expect(await readUntil(kept, isAnswer)).toContain(' 200 ');
      await crowdOfAnother(citizen.tcp.port, 300, wait.replace('wait=3s', 'wait=5m'), true);
      kept.write(wait.replace('wait=3s', 'wait=100ms'));
      const ending = await readUntil(kept, (text) => text.endsWith('\r\n\r\n') || text.includes('LF_BUSY'));
      expect(ending).toContain(' 304 ');
    } finally {
      kept.destroy();
    }
  },
);
