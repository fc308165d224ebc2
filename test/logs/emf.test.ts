import { expect, test } from 'vitest';
import type { LedgerDocument } from '#agent/logs/base/ledger.ts';
import type { JsonObject } from '#agent/plan/json.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse, until } from '../support/patience.ts';
import { recordingSink } from './support/recording-sink.ts';
import { entry, FACTS, shipperLab } from './support/shipper-lab.ts';

const PATIENCE_MS = 3_600_000;

/** An EMF document (CloudWatch embedded metric format specification) with so many metrics. */
function emf(metrics: number, more: JsonObject = {}): string {
  const names = Array.from({ length: metrics }, (_, at) => `m${at}`);
  return JSON.stringify({
    _aws: {
      Timestamp: 1_780_000_000_000,
      CloudWatchMetrics: [
        {
          Namespace: 'App',
          Dimensions: [['service']],
          Metrics: names.map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    service: 'payroll',
    ...Object.fromEntries(names.map((name, at) => [name, at])),
    ...more,
  });
}

/** What arrives of these lines, and the ledger afterwards. */
async function shipped(lines: readonly string[], settings: JsonObject = {}) {
  const clock = new FakeClock(1_780_000_000_000);
  using lab = shipperLab();
  await using sink = await recordingSink(() => clock.now());
  const shipper = lab.start({ aws: callsAt(sink.url), clock });
  lab.write('emf.log', ...lines);
  const plan = [entry('emf', { path: `${lab.folder}/emf.log`, group: 'g', ...settings })];
  await elapse(clock, shipper.reconfigure(plan, FACTS));
  const ledger = (): LedgerDocument =>
    (shipper.status()['entries'] as readonly { ledger: LedgerDocument }[])[0]?.ledger as LedgerDocument;
  const bytes = Buffer.byteLength(lines.join(''));
  await elapse(
    clock,
    until(() => ledger().read.bytes >= bytes && ledger().inFlight.events === 0),
  );
  await elapse(clock, shipper.drain(PATIENCE_MS));
  return { messages: sink.messagesOf('i-1'), ledger: ledger() };
}

test('case 77: EMF lines arrive as they were written, each one event that begins and ends with its braces', async () => {
  const lines = [emf(1), emf(100, { note: 'Grüße {"nested": "\\"quotes\\""}' }), emf(3)];
  const { messages } = await shipped(lines);
  expect(messages).toEqual(lines);
});

test('case 77: more than 100 metrics and what is no EMF at all go on untouched: to judge them is CloudWatch’s part', async () => {
  const lines = [emf(101), '{"_aws":{"CloudWatchMetrics":"none"}}', '{"_aws":{"Timestamp":', '{}', emf(1)];
  const { messages, ledger } = await shipped(lines);
  expect(messages).toEqual(lines);
  expect(ledger).toMatchObject({ acknowledged: { events: 5 }, quarantined: { events: 0 }, lost: {} });
});

test('case 77: a document of just a batch is whole; one beyond is split, and every byte of it arrives and is counted', async () => {
  const whole = emf(1, { pad: 'x'.repeat(1_048_550 - emf(1, { pad: '' }).length) });
  expect(Buffer.byteLength(whole)).toBe(1_048_550);
  expect((await shipped([whole], { maxEvent: 1_048_550 })).messages).toEqual([whole]);

  const large = emf(1, { pad: 'x'.repeat(1_500_000) });
  const split = await shipped([large, emf(2)]);
  expect(split.messages.length).toBeGreaterThan(2);
  expect(split.messages.slice(0, -1).join('')).toContain(large.slice(-100));
  expect(split.messages.at(-1)).toBe(emf(2));
  expect(split.ledger).toMatchObject({ lost: {}, quarantined: { events: 0 } });

  const cut = await shipped([large, emf(2)], { longLines: 'truncate' });
  expect(cut.messages).toHaveLength(2);
  expect(cut.ledger.lost['longLine']?.bytes).toBeGreaterThan(500_000);
});

test('case 77: without redact nothing of a document is changed; with it what is left is JSON still', async () => {
  const line = emf(2, {
    url: 'http://h.example',
    mail: 'someone@example.com',
    inner: JSON.stringify({ SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }),
    authorization: 'Bearer abcdefghijklmnop',
    jdbc: 'postgres://app:hunter2@db:5432/x',
    card: '4111 1111 1111 1111',
  });
  expect((await shipped([line])).messages).toEqual([line]);
  const redact = ['aws-key', 'card-number', 'token', 'private-key', 'url-password'];
  const [arrived = ''] = (await shipped([line], { redact })).messages;
  expect(arrived).not.toMatch(/wJalr|hunter2|4111|abcdefgh/);
  expect(JSON.parse(arrived)).toMatchObject({
    ...(JSON.parse(emf(2)) as object),
    url: 'http://h.example',
    mail: 'someone@example.com',
  });
});
