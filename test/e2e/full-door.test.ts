import type { Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { dial } from '../support/raw-http.ts';
import { Payroll } from './payroll.ts';

const PATH = '/v1/config/db.port';

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
      expect(performance.now() - askedAt).toBeLessThan(1000);
    }
  } finally {
    for (const socket of crowd) socket.destroy();
  }
});
