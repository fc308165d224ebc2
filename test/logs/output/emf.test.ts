import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { LogShipper } from '#agent/logs/log-shipper.ts';
import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import { callsAt } from '../../support/aws-calls.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { elapse, until } from '../../support/patience.ts';
import { recordingSink } from '../support/recording-sink.ts';
import { entry, FACTS, shipperLab } from '../support/shipper-lab.ts';

const HOST = '127.0.0.1';
const documentOf = (name: string, at?: number): string =>
  JSON.stringify({
    _aws: {
      ...(at === undefined ? {} : { Timestamp: at }),
      LogGroupName: 'of-somebody-else',
      CloudWatchMetrics: [{ Namespace: 'N', Dimensions: [[]], Metrics: [{ Name: name }] }],
    },
    [name]: 1,
  });

async function listening(address = `${HOST}:0`) {
  const clock = new FakeClock();
  const lab = shipperLab();
  const sink = await recordingSink(() => clock.now());
  const shipper = lab.start({ aws: callsAt(sink.url), clock });
  onTestFinished(async () => {
    await elapse(clock, shipper.drain(0));
    await sink[Symbol.asyncDispose]();
    lab[Symbol.dispose]();
  });
  await elapse(clock, shipper.reconfigure([entry('emf', { emf: address, group: 'g' })], FACTS));
  return { clock, sink, shipper };
}

/** As the status has it. */
const of = (shipper: LogShipper) => {
  const { entries } = shipper.status() as {
    readonly entries: readonly {
      readonly listens?: string | null;
      readonly troubles: readonly string[];
      readonly ledger: { readonly lost: Readonly<Record<string, { readonly events: number }>> };
    }[];
  };
  return entries[0];
};
const portOf = (shipper: LogShipper): number => Number(of(shipper)?.listens?.split(':')[1] ?? 0);

async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: HOST, port });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

it('takes documents over TCP, whole or in pieces, and over UDP, to the stream of its entry and at their own time', async () => {
  const { clock, sink, shipper } = await listening();
  await elapse(
    clock,
    until(() => portOf(shipper) > 0),
  );
  const at = clock.now() - 5_000;
  const socket = await dial(portOf(shipper));
  const [first, second] = [documentOf('a', at), documentOf('b')];
  socket.write(`${first}\n${second.slice(0, 20)}`);
  await elapse(
    clock,
    until(() => sink.received.length === 1),
  );
  socket.end(second.slice(20));
  const datagrams = createSocket('udp4');
  onTestFinished(() => void datagrams.close());
  datagrams.send(documentOf('c'), portOf(shipper), HOST);
  await elapse(
    clock,
    until(() => sink.received.length === 3),
  );
  expect(sink.messagesOf('i-1').toSorted()).toEqual([first, second, documentOf('c')].toSorted());
  expect(sink.received[0]).toMatchObject({ group: 'g', at });
});

it('counts what is no document, and ends a connection that has no end of a line', async () => {
  const { clock, sink, shipper } = await listening();
  await elapse(
    clock,
    until(() => portOf(shipper) > 0),
  );
  const socket = await dial(portOf(shipper));
  socket.write(`hello\n{"a":1}\n[]\n{"_aws":7}\n${documentOf('a')}\n${'x'.repeat(300_000)}`);
  await new Promise((done) => void socket.once('close', done));
  await elapse(
    clock,
    until(() => sink.received.length === 1),
  );
  const { lost } = of(shipper)?.ledger ?? { lost: {} };
  expect([lost['notEmf']?.events, lost['tooLong']?.events]).toEqual([4, 1]);
});

it('lets nobody have more than 64 connections, and serves those who came first', async () => {
  const { clock, sink, shipper } = await listening();
  await elapse(
    clock,
    until(() => portOf(shipper) > 0),
  );
  const port = portOf(shipper);
  const sockets: Socket[] = [];
  for (let count = 0; count < 64; count += 1) sockets.push(await dial(port));
  const last = await dial(port);
  await new Promise((done) => void last.once('close', done));
  sockets[0]?.write(`${documentOf('a')}\n`);
  await elapse(
    clock,
    until(() => sink.received.length === 1),
  );
});

it('says so while another program has the port, and takes it when it is free', async () => {
  const other = createServer().listen(0, HOST);
  await once(other, 'listening');
  const taken = other.address();
  const port = typeof taken === 'object' && taken ? taken.port : 0;
  const { clock, shipper } = await listening(`${HOST}:${port}`);
  await elapse(
    clock,
    until(() => (of(shipper)?.troubles.length ?? 0) > 0),
  );
  expect(of(shipper)?.troubles[0]).toBe(`emf cannot listen on ${HOST}:${port}: EADDRINUSE`);
  await new Promise((done) => void other.close(done));
  await clock.advance(11_000);
  await elapse(
    clock,
    until(() => portOf(shipper) === port),
  );
  expect(of(shipper)?.troubles).toEqual([]);
});

it.each(['0.0.0.0:25888', '10.0.0.1:25888', '127.0.0.1', 'localhost:1', '127.0.0.1:70000', false])(
  'listens on loopback only: %s is refused',
  async (emf) => {
    const read = await readLogPlan([entry('emf', { emf, group: 'g' })]);
    expect(read.kind === 'fail' ? read.fault.problems?.[0]?.message : '').toContain('address of loopback');
  },
);
