import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '#agent/stores/open-store.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { verdictOf } from '../support/fetching.ts';
import { PIN } from '../support/pinned.ts';
import { storeParts } from '../support/store-parts.ts';

const PATH = 'payroll/prod/app';
const HOUR = 3_600_000;
const clock = new FakeClock();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clock });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.faults.clear();
  deploy('{"a":1}');
});

function deploy(content: string, contentType = 'application/json', label?: string): void {
  sandbox.appConfig.deploy(PIN.region, PATH, { content, contentType, ...(label !== undefined && { label }) });
}

/** A session, and what was asked since the last reading. */
function session() {
  const reader = openStore(`appconfig:${PATH}`, storeParts({ aws: callsAt(new URL(sandbox.url)), clock }));
  return async () => {
    sandbox.requests.clear();
    const outcome = await reader(undefined, new AbortController().signal);
    const [file] = outcome.kind === 'ok' ? outcome.value.files : [];
    const text = file ? `${file.path} ${Buffer.from(file.bytes).toString()}` : verdictOf(outcome);
    const asked = sandbox.requests.entries.map(({ operation }) =>
      operation.startsWith('Start') ? 'start' : 'get',
    );
    return { text, asked: asked.join(' '), outcome };
  };
}

describe('a session of AppConfig', () => {
  it('asks once an interval, and an unchanged answer is no empty configuration', async () => {
    const read = session();
    expect(await read()).toMatchObject({ text: 'document.json {"a":1}', asked: 'start get' });
    await clock.advance(15_000);
    expect(await read()).toMatchObject({ text: 'document.json {"a":1}', asked: 'get' });
    deploy('{"a":2}');
    await clock.advance(15_000);
    expect(await read()).toMatchObject({ text: 'document.json {"a":2}', asked: 'get' });
  });

  it('does not ask before it may, and shows what it has', async () => {
    const read = session();
    await read();
    deploy('{"a":2}');
    expect(await read()).toMatchObject({ text: 'document.json {"a":1}', asked: '' });
  });

  it('begins anew when its token is too old, and within one reading', async () => {
    const read = session();
    await read();
    await clock.advance(25 * HOUR);
    expect(await read()).toMatchObject({ text: 'document.json {"a":1}', asked: 'get start get' });
  });

  it('begins anew after an answer that was lost: its token may be used up', async () => {
    const read = session();
    await read();
    await clock.advance(15_000);
    deploy('{"a":2}');
    sandbox.faults.add({ service: 'appconfig', effect: 'lose', times: 1 });
    expect((await read()).text).toBe('retry LF_SOURCE_UNREACHABLE');
    expect(await read()).toMatchObject({ text: 'document.json {"a":2}', asked: 'start get' });
  });

  it('keeps its token when it is throttled', async () => {
    const read = session();
    await read();
    await clock.advance(15_000);
    sandbox.faults.add({ service: 'appconfig', effect: 'throttle', times: 1 });
    expect((await read()).text).toBe('retry LF_SOURCE_THROTTLED');
    expect(await read()).toMatchObject({ text: 'document.json {"a":1}', asked: 'get' });
  });

  it.each([
    ['application/x-yaml', 'a: 1', 'document.yaml a: 1'],
    ['text/plain', 'a=1', 'document.properties a=1'],
    ['image/png', 'x', 'retry LF_SOURCE_MALFORMED'],
    ['application/json', '', 'retry LF_SOURCE_EMPTY'],
  ])('reads %s with %j', async (type, content, text) => {
    deploy(content, type);
    expect((await session()()).text).toBe(text);
  });

  it('shows a label that is a word, and no other', async () => {
    deploy('{}', 'application/json', 'v1.2');
    expect((await session()()).outcome).toMatchObject({ value: { version: 'v1.2' } });
    deploy('{}', 'application/json', 'v1 <b>');
    expect((await session()()).outcome).toMatchObject({
      value: { files: [{ object: `appconfig:${PATH}` }] },
    });
  });

  it('tells the permissions', async () => {
    sandbox.faults.add({ service: 'appconfig', effect: { status: 403, code: 'AccessDeniedException' } });
    const { outcome } = await session()();
    expect(outcome).toMatchObject({
      fault: {
        code: 'LF_SOURCE_DENIED',
        hint: `Allow the role appconfig:StartConfigurationSession and appconfig:GetLatestConfiguration on arn:aws:appconfig:${PIN.region}:${PIN.account}:application/*/environment/*/configuration/*.`,
      },
    });
  });

  it('takes no page of a portal for content', async () => {
    sandbox.faults.add({
      service: 'appconfig',
      operation: 'GetLatestConfiguration',
      effect: { status: 200, body: '<html>', headers: { 'x-amzn-requestid': '' } },
    });
    expect((await session()()).text).toBe('retry LF_SOURCE_UNREACHABLE');
  });
});
