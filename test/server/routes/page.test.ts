import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApi, type ApiBench } from '../../support/api-bench.ts';
import { ask, type Answer } from '../../support/raw-http.ts';

const SCRIPT = 'console.log("</" + "script>")';
const PAGE = `<!doctype html><style>b{color:red}</style><script>${SCRIPT}</script>`;
let api: ApiBench;

const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('GET /, where there is a page', () => {
  let answer: Answer;
  beforeEach(async () => {
    api = await startApi([], async () => PAGE);
    answer = await ask(api.tcp, { path: '/' });
  });
  afterEach(() => api.stop());

  it('is a document that no cache keeps and nobody guesses another type of', () => {
    expect([answer.status, answer.text]).toEqual([200, PAGE]);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  it('may run and draw what is in it, by digest, ask this API, and nothing else', () => {
    expect(String(answer.headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${digest(SCRIPT)}`,
      `style-src ${digest('b{color:red}')}`,
      "connect-src 'self'",
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
  });

  it.each([
    ['a rebound name', { host: 'attacker.example' }],
    ['a proxy', { 'x-forwarded-for': '10.0.0.1' }],
    ['a frame or link of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a script of another origin', { origin: 'https://attacker.example' }],
  ])('is refused to %s, as all of the API is', async (_, headers) => {
    const refused = await ask(api.tcp, { path: '/', headers: { host: 'localhost', ...headers } });
    expect([refused.status, refused.text.includes('LF_REQUEST_REFUSED')]).toEqual([403, true]);
  });

  it('is there for a forwarded port of another number', async () => {
    expect((await ask(api.tcp, { path: '/', headers: { host: 'localhost:18080' } })).status).toBe(200);
  });

  it('takes no token from its address', async () => {
    expect((await ask(api.tcp, { path: '/?token=a-token-for-tests' })).text).toBe(PAGE);
    const refused = await ask(api.tcp, { path: '/v1/overrides/a?token=a-token-for-tests', method: 'DELETE' });
    expect(refused.status).toBe(401);
  });

  it('is only looked at', async () => {
    const posted = await ask(api.tcp, { path: '/', method: 'POST' });
    expect([posted.status, posted.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });
});

it('GET / is no path where the page is switched off', async () => {
  api = await startApi();
  expect((await ask(api.tcp, { path: '/' })).status).toBe(404);
  await api.stop();
});
