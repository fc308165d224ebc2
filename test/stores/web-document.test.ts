import dns from 'node:dns';
import type { RequestListener } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { isPrivate } from '#agent/aws/private-host.ts';
import { openStore } from '#agent/stores/open-store.ts';
import { connectProxy } from '../support/connect-proxy.ts';
import { verdictOf } from '../support/fetching.ts';
import { storeParts } from '../support/store-parts.ts';

const { signal } = new AbortController();

/** What comes of two readings of `/app.json` at a server that answers so. */
async function read(handler: RequestListener, path = 'app.json') {
  await using server = await connectProxy(handler);
  const reader = openStore(new URL(path, server.direct).href, storeParts());
  const first = await reader(undefined, signal);
  const second = first.kind === 'ok' ? await reader(first.value, signal) : first;
  return { first, second, address: new URL(path, server.direct).href };
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

describe('a document of a server in the VPC', () => {
  it('is read once, and asked for by its ETag from then on', async () => {
    const asked: unknown[] = [];
    const { first, second, address } = await read(({ headers }, response) => {
      asked.push(headers['if-none-match'], headers.authorization);
      if (headers['if-none-match'] === '"v1"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"v1"' }).end('{"a":1}');
    });
    expect(first).toMatchObject({
      kind: 'ok',
      value: { version: '"v1"', files: [{ path: 'document.json', object: `${address}, ETag "v1"` }] },
    });
    expect(second).toEqual(first);
    expect(asked).toEqual([undefined, undefined, '"v1"', undefined]);
  });

  it.each<[string, string, RequestListener, string]>([
    ['is read by its type', '/config', (_, r) => void r.writeHead(200, JSON_TYPE).end('{}'), 'ok'],
    ['without a type is none', '/config', (_, r) => void r.end('{}'), 'retry LF_SOURCE_MALFORMED'],
    [
      'that is not there is no absent layer',
      '/a.json',
      (_, r) => void r.writeHead(404).end(),
      'retry LF_OBJECT_MISSING',
    ],
    ['without content is none', '/a.yaml', (_, r) => void r.end(), 'retry LF_SOURCE_EMPTY'],
    ['that is denied', '/a.yaml', (_, r) => void r.writeHead(403).end(), 'retry LF_SOURCE_DENIED'],
    [
      'of a server in trouble',
      '/a.yaml',
      (_, r) => void r.writeHead(502).end(),
      'retry LF_SOURCE_UNREACHABLE',
    ],
    [
      'on another host is not followed',
      '/a.yaml',
      (_, r) => void r.writeHead(302, { location: 'https://evil.example/' }).end(),
      'retry LF_SOURCE_REFUSED',
    ],
    [
      'that was not asked for with an ETag',
      '/a.json',
      (_, r) => void r.writeHead(304).end(),
      'retry LF_SOURCE_REFUSED',
    ],
    [
      'that is too large',
      '/a.json',
      (_, r) => void r.writeHead(200, { 'content-length': '99999999' }).write('{'),
      'retry LF_OBJECT_TOO_LARGE',
    ],
    [
      'that ends early',
      '/a.json',
      (_, r) => {
        r.writeHead(200, { 'content-length': '50' });
        r.write('{"a":', () => r.destroy());
      },
      'retry LF_SOURCE_UNREACHABLE',
    ],
    [
      'that is packed unasked',
      '/a.json',
      (_, r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      'retry LF_SOURCE_MALFORMED',
    ],
    ['called plan.yaml is properties', '/plan.yaml', (_, r) => void r.end('a: 1'), 'ok'],
  ])('%s', async (_, path, handler, verdict) => {
    const { first } = await read(handler, path);
    expect(verdictOf(first)).toBe(verdict);
    if (first.kind === 'ok') expect(first.value.files[0]?.path).toMatch(/^document\./);
  });

  it('waits as long as the server asks for', async () => {
    const { first } = await read((_, r) => void r.writeHead(503, { 'retry-after': '40' }).end());
    expect(first).toMatchObject({ kind: 'retry', afterMs: 40_000, fault: { code: 'LF_SOURCE_THROTTLED' } });
  });

  it('with an ETag that is none has no version, and no condition', async () => {
    const { second } = await read((_, r) => void r.writeHead(200, { etag: 'v1\t[31m' }).end('{}'));
    expect(second).toMatchObject({
      kind: 'ok',
      value: { files: [{ object: expect.not.stringContaining('ETag') }] },
    });
  });

  it('is cut when it trickles', async () => {
    const { first } = await read((_, response) => {
      response.writeHead(200).write('{');
      setInterval(() => response.write(' '), 100).unref();
    });
    expect(first).toMatchObject({
      kind: 'retry',
      fault: { cause: expect.stringContaining('within 2000 ms') },
    });
  });
});

it.each([
  ['https://config.us-east-1.elb.amazonaws.com/a.json', 'fail LF_ENDPOINT_FOREIGN'],
  ['https://8.8.8.8/a.json', 'fail LF_ENDPOINT_FOREIGN'],
  ['https://169.254.169.254/latest/meta-data/iam/a.json', 'fail LF_ENDPOINT_FOREIGN'],
  ['https://[fd00:ec2::254]/latest/a.json', 'fail LF_ENDPOINT_FOREIGN'],
  ['https://2852039166/a.json', 'fail LF_ENDPOINT_FOREIGN'],
])('%s is asked nothing', async (layer, verdict) => {
  expect(verdictOf(await openStore(layer, storeParts())(undefined, signal))).toBe(verdict);
});

it('whose name resolves to the internet alone is asked nothing', async () => {
  const resolved = vi
    .spyOn(dns, 'lookup')
    .mockImplementation(((_name: string, _options: object, done: (...all: unknown[]) => void) =>
      done(null, [{ address: '8.8.8.8', family: 4 }])) as never);
  const outcome = await openStore('https://config.example/a.json', storeParts())(undefined, signal);
  resolved.mockRestore();
  expect(outcome).toMatchObject({
    kind: 'retry',
    fault: { cause: 'its name resolves to no private address' },
  });
});

it.each([
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['::ffff:8.8.8.8', false],
  ['::ffff:169.254.169.254', false],
  ['fd12::1', true],
  ['fd00:ec2::254', false],
  ['2600:1f14::1', false],
  ['169.254.170.2', false],
  ['0.0.0.0', false],
])('%s is private: %s', (address, expected) => {
  expect(isPrivate(address)).toBe(expected);
});
