import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type StoreParts } from '#agent/stores/open-store.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from '../support/aws-calls.ts';
import { verdictOf } from '../support/fetching.ts';
import { elapse } from '../support/patience.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { PIN } from '../support/pinned.ts';
import { storeParts } from '../support/store-parts.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

let made = 0;

/** A table of its own, with these items. */
function table(
  items: readonly Readonly<Record<string, unknown>>[],
  keys: readonly string[] = ['key'],
): string {
  made += 1;
  const name = `table-${made}`;
  sandbox.tables.create(PIN.region, name, keys);
  for (const item of items) sandbox.tables.put(PIN.region, name, item);
  return name;
}

async function read(layer: string): Promise<string> {
  const clock = new FakeClock();
  const aws = callsAt(new URL(sandbox.url));
  const reader = openStore(layer, storeParts({ aws, clock, random: () => 0.5 }));
  const outcome = await elapse(clock, reader(undefined, new AbortController().signal));
  if (outcome.kind !== 'ok') return `${verdictOf(outcome)}: ${outcome.fault.cause}. ${outcome.fault.hint}`;
  return outcome.value.files.map(({ path, bytes }) => `${path} ${Buffer.from(bytes).toString()}`).join();
}

const text = (key: string, value: string) => ({ key: { S: key }, value: { S: value } });

describe('a table of one property an item', () => {
  it('is read to its last page, also where one is throttled in between', async () => {
    const name = table(Array.from({ length: 250 }, (_, at) => text(`k${at}`, 'x')));
    sandbox.requests.clear();
    const whole = await read(`dynamodb:${name}`);
    expect(whole.match(/"key"/g)).toHaveLength(250);
    expect(sandbox.requests.entries.map(({ operation }) => operation)).toEqual(['Scan', 'Scan', 'Scan']);
    sandbox.faults.add({ service: 'dynamodb', delayMs: 0, times: 1 });
    sandbox.faults.add({ service: 'dynamodb', effect: 'throttle', times: 2 });
    expect(await read(`dynamodb:${name}`)).toBe(whole);
    sandbox.faults.add({ service: 'dynamodb', delayMs: 0, times: 2 });
    sandbox.faults.add({ service: 'dynamodb', effect: 'reset', times: 1 });
    expect(await read(`dynamodb:${name}`)).toMatch(/^retry LF_SOURCE_UNREACHABLE/);
  });

  it('goes on behind a page without items, and ends at an empty key', async () => {
    const pages = [
      { Items: [], LastEvaluatedKey: { key: { S: 'a' } } },
      { Items: [text('b', 'x')], LastEvaluatedKey: {} },
    ];
    const aws = {
      json: async () => ({ kind: 'ok', text: '', json: pages.shift() }),
    } as unknown as StoreParts['aws'];
    const outcome = await openStore('dynamodb:table', storeParts({ aws }))(
      undefined,
      new AbortController().signal,
    );
    expect(outcome).toMatchObject({ kind: 'ok', value: { files: [{ path: 'items.entries' }] } });
    expect(pages).toEqual([]);
  });

  it('is refused where a key stands twice, or an item is laid out otherwise', async () => {
    const twice = table(
      [
        { ...text('a', '1'), of: { S: 'x' } },
        { ...text('a', '2'), of: { S: 'y' } },
      ],
      ['key', 'of'],
    );
    expect(await read(`dynamodb:${twice}`)).toMatch(/^retry LF_DUPLICATE_KEY: two items have the key "a"/);
    const other = table([{ key: { S: 'a' }, text: { S: 'x' } }]);
    expect(await read(`dynamodb:${other}`)).toMatch(
      /^retry LF_SOURCE_MALFORMED: the item "a" has no text, number/,
    );
    expect(await read(`dynamodb:${other}?valueAttribute=text`)).toContain('"value":"x"');
    const binary = table([{ key: { S: 'a' }, value: { B: 'AAAA' } }]);
    expect(await read(`dynamodb:${binary}`)).toMatch(/^retry LF_SOURCE_MALFORMED/);
  });

  it('without items is an empty layer, and has no more than one of configuration would have', async () => {
    expect(await read(`dynamodb:${table([])}`)).toBe('');
    const large = table(Array.from({ length: 2500 }, (_, at) => text(`k${at}`, 'x')));
    expect(await read(`dynamodb:${large}`)).toMatch(/^retry LF_OBJECT_TOO_LARGE/);
  });

  it('tells the permission and the region that a table is missing in', async () => {
    sandbox.faults.add({
      service: 'dynamodb',
      effect: { status: 400, code: 'AccessDeniedException' },
      times: 1,
    });
    expect(await read('dynamodb:payroll')).toContain(
      `LF_SOURCE_DENIED: reading it is denied (AccessDeniedException, HTTP 400). Allow the role dynamodb:Scan on arn:aws:dynamodb:${PIN.region}:${PIN.account}:table/payroll.`,
    );
    expect(await read('dynamodb:payroll')).toContain(`there is no table payroll in ${PIN.region}`);
  });
});

describe('one item', () => {
  it('is a layer without its key, and an empty one without anything else', async () => {
    const name = table([
      { key: { S: 'prod' }, 'db.url': { S: 'x' }, n: { N: '1.10' }, none: { NULL: true } },
      { key: { S: 'bare' } },
      { key: { S: 'binary' }, b: { B: 'AAAA' } },
      { key: { S: 'hostile' }, __proto__x: { S: 'y' }, 'a"b': { S: '${x}\n' } },
    ]);
    expect(await read(`dynamodb:${name}?key=prod`)).toBe(
      'item.json {\n  "db.url": "x",\n  "n": "1.10",\n  "none": ""\n}\n',
    );
    expect(await read(`dynamodb:${name}?key=bare`)).toBe('');
    expect(await read(`dynamodb:${name}?key=absent`)).toBe('');
    expect(await read(`dynamodb:${name}?key=binary`)).toMatch(/^retry LF_SOURCE_MALFORMED/);
    expect(await read(`dynamodb:${name}?key=hostile`)).toContain('"a\\"b": "${x}\\n"');
  });
});
