import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openRelpSink } from '#scripts/bench/peers/relp-sink.ts';
import { openHttpSink } from '#scripts/bench/peers/syslog-ng.ts';

test('lines of a POST are kept before it is answered', async () => {
  await using sink = await openHttpSink();
  const { status } = await fetch(sink.url, { method: 'POST', body: 'one\ntwo\n' });
  expect(status).toBe(200);
  expect(sink.read()).toEqual(['one', 'two']);
  expect(sink.read()).toEqual([]);
});

test('a sink that is cut refuses, and is back at the same place', async () => {
  await using sink = await openHttpSink();
  await sink.cut();
  await expect(fetch(sink.url, { method: 'POST', body: 'lost' })).rejects.toThrow('fetch failed');
  await sink.restore();
  await fetch(sink.url, { method: 'POST', body: 'kept' });
  expect(sink.read()).toEqual(['kept']);
});

test('RELP: opens, acknowledges each message once it is kept, and closes', async () => {
  await using sink = await openRelpSink();
  using line = await RelpLine.open(sink.port);
  expect(await line.ask('1 open 30 relp_version=0\ncommands=syslog\n')).toMatch(/^1 rsp \d+ 200 OK\n/);
  expect(await line.ask('2 syslog 5 hello\n')).toBe('2 rsp 6 200 OK\n');
  expect(sink.read()).toEqual(['hello']);
  expect(await line.ask('3 close 0\n')).toBe('3 rsp 0\n0 serverclose 0\n');
});

test('RELP: frames come in pieces and together, and a message may hold what looks like a frame', async () => {
  await using sink = await openRelpSink();
  using line = await RelpLine.open(sink.port);
  line.send('1 syslog 16 2 syslog 3 abc');
  expect(await line.ask('\nx\n3 syslog 1 y\n', 2)).toBe('1 rsp 6 200 OK\n3 rsp 6 200 OK\n');
  expect(sink.read()).toEqual(['2 syslog 3 abc\nx', 'y']);
});

test('RELP: who is connected when it is cut is cut off', async () => {
  await using sink = await openRelpSink();
  using line = await RelpLine.open(sink.port);
  await sink.cut();
  await line.closed;
  await expect(RelpLine.open(sink.port)).rejects.toThrow('ECONNREFUSED');
  await sink.restore();
  using again = await RelpLine.open(sink.port);
  expect(await again.ask('1 syslog 1 z\n')).toBe('1 rsp 6 200 OK\n');
});

/** The sending end, by hand. */
class RelpLine {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #said = '';

  static async open(port: number): Promise<RelpLine> {
    const socket = connect({ host: '127.0.0.1', port });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    return new RelpLine(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('error', () => socket.destroy());
    socket.on('data', (text) => (this.#said += String(text)));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** What comes back, once so many answers to messages are in it. */
  async ask(text: string, answers = 1): Promise<string> {
    this.#said = '';
    this.send(text);
    while ((this.#said.match(/ rsp /g) ?? []).length < answers) await once(this.#socket, 'data');
    return this.#said;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
