import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Citizen } from './citizen.ts';
import { BUCKET, Payroll } from './payroll.ts';

let payroll: Payroll;
let citizen: Citizen;

beforeAll(async () => {
  payroll = await Payroll.open({
    files: {
      'base/app.properties': 'host=db\nurl=//${host}/${@region}\nlevel=INFO\na/b\\ c%=odd\numlaut=ü€\n',
      'environment/prod/prod.properties': '# loud\nlevel=WARN\n',
      'role/web/web.yaml': 'hosts:\n  - a\n  - b\n',
    },
  });
  citizen = await payroll.run();
});
afterAll(() => payroll[Symbol.asyncDispose]());

const JSON_ONLY = { headers: { accept: 'application/json' } };

describe('GET /v1/config/{key}', () => {
  it('is the value and nothing else', async () => {
    const answer = await citizen.askTcp('/v1/config/url');
    expect([answer.status, answer.text]).toEqual([200, '//db/eu-west-1']);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
  });

  it('is UTF-8', async () => {
    expect((await citizen.askTcp('/v1/config/umlaut')).text).toBe('ü€');
  });

  it.each(['a/b%20c%25', 'a%2Fb%20c%25'])('takes an encoded key: %s', async (path) => {
    expect((await citizen.askTcp(`/v1/config/${path}`)).text).toBe('odd');
  });

  it('gives the place to whoever accepts JSON', async () => {
    const answer = await citizen.askTcp('/v1/config/level', JSON_ONLY);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(Object.entries(answer.json())).toEqual([
      ['key', 'level'],
      ['value', 'WARN'],
      ['layer', 'environment/prod'],
      ['file', 'prod.properties'],
      ['line', 2],
      ['generation', 1],
    ]);
  });

  it('gives the text when text is accepted as well', async () => {
    const headers = { accept: 'text/plain, application/json;q=0.5' };
    expect((await citizen.askTcp('/v1/config/level', { headers })).text).toBe('WARN');
  });

  it('gives a typed list as JSON both ways', async () => {
    expect((await citizen.askTcp('/v1/config/hosts')).text).toBe('["a","b"]');
    expect((await citizen.askTcp('/v1/config/hosts', JSON_ONLY)).json()['value']).toEqual(['a', 'b']);
    expect((await citizen.askTcp('/v1/config/hosts.1')).text).toBe('b');
  });

  it('has a tag of its own', async () => {
    const { etag = '' } = (await citizen.askTcp('/v1/config/level')).headers;
    const again = await citizen.askTcp('/v1/config/level', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  it('says 404 as a problem, with the key that was probably meant', async () => {
    const answer = await citizen.askTcp('/v1/config/levle');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({
      type: expect.any(String) as string,
      title: expect.any(String) as string,
      status: 404,
      detail: expect.stringContaining('levle') as string,
      code: 'LF_NO_SUCH_KEY',
      hint: expect.stringContaining('level') as string,
    });
  });

  it('says 400 to an encoding that is none', async () => {
    expect((await citizen.askTcp('/v1/config/%zz')).status).toBe(400);
  });
});

describe('GET /v1/explain/{key}', () => {
  it('tells the whole story, in exactly the promised fields', async () => {
    const document = (await citizen.askTcp('/v1/explain/level')).json();
    expect(Object.keys(document)).toEqual([
      'key',
      'value',
      'raw',
      'winner',
      'shadowed',
      'references',
      'generation',
      'since',
    ]);
    expect(JSON.stringify([document['winner'], document['shadowed']])).toBe(
      JSON.stringify([
        {
          layer: 'environment/prod',
          file: 'prod.properties',
          line: 2,
          object: `s3://${BUCKET}/payroll/environment/prod/prod.properties`,
        },
        [{ layer: 'base', file: 'app.properties', line: 3, raw: 'INFO' }],
      ]),
    );
  });

  it('names what a value refers to', async () => {
    expect(await citizen.json('/v1/explain/url')).toMatchObject({
      value: '//db/eu-west-1',
      raw: '//${host}/${@region}',
      shadowed: [],
      references: [
        { key: 'host', value: 'db' },
        { key: '@region', value: 'eu-west-1' },
      ],
    });
  });

  it('says 404 as a problem', async () => {
    const answer = await citizen.askTcp('/v1/explain/nothing');
    expect([answer.status, answer.json()['code']]).toEqual([404, 'LF_NO_SUCH_KEY']);
  });
});
