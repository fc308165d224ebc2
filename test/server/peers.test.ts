import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { peersOf } from '../../config-service/server/http/peers.ts';
import { crowdOfAnother, IS_ROOT, OTHER_UID } from '../support/crowd.ts';
import { dial } from '../support/raw-http.ts';

async function open(host: string) {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const accepted: Socket[] = [];
  server.on('connection', (socket) => accepted.push(socket));
  onTestFinished(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  const bound = server.address();
  return { accepted, port: typeof bound === 'object' && bound ? bound.port : 0 };
}

it.each(['127.0.0.1', '127.0.0.3', '::1'])('tells whose program called %s', async (host) => {
  const { accepted, port } = await open(host);
  const caller = await dial({ host, port });
  onTestFinished(() => void caller.destroy());
  await expect.poll(() => accepted.length).toBe(1);
  expect([...(await peersOf(accepted)).values()]).toEqual([String(process.geteuid?.())]);
});

it.runIf(IS_ROOT)('tells another user, from whatever address of loopback it calls', async () => {
  const { accepted, port } = await open('127.0.0.1');
  await crowdOfAnother(port, 20, 'x', true);
  await expect.poll(() => accepted.length).toBe(20);
  expect(new Set(accepted.map(({ remoteAddress }) => remoteAddress)).size).toBe(20);
  expect([...(await peersOf(accepted)).values()]).toEqual(accepted.map(() => String(OTHER_UID)));
});

it('knows nothing of one whose other end is closed', async () => {
  const { accepted, port } = await open('127.0.0.1');
  const caller = await dial({ host: '127.0.0.1', port });
  await expect.poll(() => accepted.length).toBe(1);
  caller.end();
  await once(caller, 'finish');
  caller.destroy();
  await expect.poll(async () => (await peersOf(accepted)).size).toBe(0);
});
