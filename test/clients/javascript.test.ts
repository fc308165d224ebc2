import { createServer, type RequestListener } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connect, type Configuration, type ConnectOptions } from '../../clients/javascript/landfall.js';
import { READ_TOKEN, startApi, type ApiBench } from '../support/api-bench.ts';

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApi();
});
afterEach(() => bench.stop());

async function connected(options: ConnectOptions = {}): Promise<Configuration> {
  const config = await connect({ socket: bench.socket.socketPath, ...options });
  onTestFinished(() => config.close());
  return config;
}
/** Until the client is told of a change by the agent, rather than by its own next question. */
const waits = (): Promise<void> => vi.waitFor(() => expect(bench.backend.waiting).toBe(1), { interval: 5 });
const url = (): string => `http://127.0.0.1:${bench.tcp.port}`;

const portOf = (text: string): string => new URL(text).port;

/** An agent that answers as told, one after the other; the last answer is held. */
async function agent(answers: readonly RequestListener[]): Promise<string> {
  const socket = join(mkdtempSync(join(tmpdir(), 'landfall-client-')), 's');
  let at = 0;
  const server = createServer((request, response) => answers[at++]?.(request, response));
  await new Promise<void>((resolve) => void server.listen(socket, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(socket, { force: true });
  });
  return socket;
}
const document = (properties: unknown): string => JSON.stringify({ generation: 1, digest: 'd', properties });
const whole =
  (text: string, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { etag: `W/"${text.length}"` }).end(text);
const cut: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': 1000 });
  response.write('{"digest":"d","properties":{}}', () => setImmediate(() => response.destroy()));
};

interface Reads {
  readonly reads: readonly (readonly [string, unknown])[];
  readonly refuses: readonly string[];
}
const ROWS = JSON.parse(readFileSync('clients/typed-reads.json', 'utf8')) as Record<string, Reads>;
const METHODS = {
  boolean: 'asBoolean',
  integer: 'asInteger',
  number: 'asNumber',
  duration: 'asDuration',
  size: 'asSize',
  list: 'asList',
  map: 'asMap',
  json: 'asJson',
} as const;

describe('a typed read', () => {
  it.each(Object.entries(METHODS))('reads %s as the rows for all clients say', async (type, method) => {
    const { reads = [], refuses = [] } = ROWS[type] ?? {};
    const texts = [...reads.map(([text]) => text), ...refuses];
    bench.backend.activate(Object.fromEntries(texts.map((text, at) => [`k${at}`, text])));
    const config = await connected();
    const results = texts.map((_, at) => {
      const { value, problem } = config.property(`k${at}`)[method]();
      return problem?.code ?? (value instanceof Map ? Object.fromEntries(value) : value);
    });
    expect(reads.length).toBeGreaterThan(2);
    expect(results).toEqual([...reads.map(([, value]) => value), ...refuses.map(() => 'LF_VALUE_TYPE')]);
  });

  it('has the default for a key that is not there, and a list of a YAML layer as it is', async () => {
    bench.backend.activate({ up: { value: '["a,b","c"]', list: ['a,b', 'c'] }, 'up.0': 'a,b', 'up.1': 'c' });
    const config = await connected();
    expect(config.property('no').asInteger(5).value).toBe(5);
    expect(config.property('no').asInteger().value).toBeUndefined();
    expect(config.property('up').asList([]).get()).toEqual(['a,b', 'c']);
    expect([config.get('up'), config.get('no'), config.get('no', 'x')]).toEqual([
      '["a,b","c"]',
      undefined,
      'x',
    ]);
    expect(config.property('up').asMap().problem?.code).toBe('LF_VALUE_TYPE');
  });

  it('takes a type of the program’s own, and what that throws for a text that does not fit', async () => {
    bench.backend.activate({ at: 'http://h:1/', bad: '::' });
    const config = await connected();
    expect(config.property('at').asType(portOf, '80').value).toBe('1');
    expect(config.property('bad').asType(portOf, '80')).toMatchObject({
      value: '80',
      problem: { code: 'LF_VALUE_TYPE' },
    });
  });
});

describe('a live value', () => {
  it('changes, keeps the last good one, and goes back to the default', async () => {
    bench.backend.activate({ size: '8', other: '1' });
    const config = await connected();
    const size = config.property('size').asInteger(5);
    const seen: number[] = [];
    const snapshots: (string | undefined)[] = [];
    size.onChange((value) => seen.push(value));
    config.onChange((snapshot) => snapshots.push(snapshot.get('size')));
    for (const properties of [{ size: '9' }, { size: 'many' }, { size: '09' }, { size: '10' }, {}]) {
      await waits();
      const { digest } = bench.backend.activate(properties);
      await vi.waitFor(() => expect(config.snapshot.digest).toBe(digest), { interval: 5 });
      if (properties.size === 'many') {
        expect(size.value).toBe(9);
        expect(size.problem?.code).toBe('LF_VALUE_TYPE');
        expect(size.problem?.message).not.toContain('many');
      } else expect(size.problem).toBeUndefined();
    }
    expect(seen).toEqual([9, 10, 5]);
    expect(snapshots).toEqual(['9', 'many', '09', '10', undefined]);
  });

  it('a listener that fails, or is ended, takes nothing from the others', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    bench.backend.activate({ a: '1' });
    const config = await connected();
    const seen: (string | undefined)[] = [];
    config.onChange(() => {
      throw new Error('mine');
    });
    config.onChange(() => Promise.reject(new Error('mine, later')));
    config.onChange(() => seen.push('ended'))();
    config.onChange((snapshot) => seen.push(snapshot.get('a')));
    await waits();
    bench.backend.activate({ a: '2' });
    await vi.waitFor(() => expect(seen).toEqual(['2']), { interval: 5 });
    await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(2), { interval: 5 });
    expect(warned.mock.calls.map(([told]) => /mine.*/.exec(String(told))?.[0])).toEqual([
      'mine',
      'mine, later',
    ]);
    warned.mockRestore();
  });

  it('does not wait for an agent any more once it is closed', async () => {
    bench.backend.activate({ a: '1' });
    const config = await connected();
    await waits();
    config.close();
    await vi.waitFor(() => expect(bench.backend.waiting).toBe(0), { interval: 5 });
  });
});

describe('secrets', () => {
  beforeEach(() => {
    bench.backend.secrets.add('db.password');
    bench.backend.activate({ 'db.password': 'hunter2', a: '1' });
  });

  it('are there over the socket, and over the port with a token', async () => {
    expect((await connected()).get('db.password')).toBe('hunter2');
    const file = join(mkdtempSync(join(tmpdir(), 'landfall-client-')), 'token');
    writeFileSync(file, `${READ_TOKEN}\n`);
    for (const more of [{ token: READ_TOKEN }, { tokenFile: file }])
      expect((await connected({ url: url(), ...more })).get('db.password')).toBe('hunter2');
  });

  it('are left out without one, and never [redacted]', async () => {
    const config = await connected({ url: url() });
    expect(config.get('db.password')).toBeUndefined();
    expect(config.snapshot.keys()).toEqual(['a']);
    expect(config.snapshot.withheld).toEqual(['db.password']);
    expect(config.property('db.password').asString('none')).toMatchObject({
      value: 'none',
      problem: { code: 'LF_UNAUTHORIZED' },
    });
  });

  it('a token that is wrong is an error', async () => {
    await expect(connect({ url: url(), token: 'wrong', wait: 0 })).rejects.toMatchObject({
      name: 'LandfallError',
      code: 'LF_UNAUTHORIZED',
    });
  });
});

describe('an agent that fails', () => {
  it.each<[string, RequestListener, string]>([
    ['an empty document', whole('{}'), 'no configuration'],
    ['nothing', whole(''), 'JSON'],
    ['null', whole('null'), 'no configuration'],
    ['half of it', cut, ''],
    ['not ready', whole('{"code":"LF_NOT_READY","detail":"no generation yet"}', 503), 'no generation yet'],
    ['a page', whole('<html>', 404), '404'],
    ['an unasked 304', whole('', 304), '304'],
  ])('takes nothing away with %s', async (_, answer, why) => {
    const last = vi.fn<RequestListener>();
    const config = await connect({ socket: await agent([whole(document({ a: '1' })), answer, last]) });
    onTestFinished(() => config.close());
    await vi.waitFor(() => expect(last).toHaveBeenCalled(), { interval: 5 });
    expect(config.get('a')).toBe('1');
    if (why === '304') expect(config.problem).toBeUndefined();
    else expect(config.problem?.message).toContain(why);
  });

  it('is not taken for one without configuration at the start', async () => {
    const socket = await agent([whole('{"code":"LF_NOT_READY","detail":"not yet"}', 503)]);
    await expect(connect({ socket, wait: 0 })).rejects.toMatchObject({ code: 'LF_NOT_READY' });
    await expect(connect({ socket: `${socket}-none`, wait: 0 })).rejects.toThrow(`${socket}-none`);
  });
});
