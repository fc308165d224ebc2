import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LogShipper } from '#agent/logs/log-shipper.ts';
import type { LedgerDocument } from '#agent/logs/base/ledger.ts';
import type { JsonObject } from '#agent/plan/json.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse, until } from '../support/patience.ts';
import { recordingSink, type RecordingSink } from './support/recording-sink.ts';
import { entry, FACTS, shipperLab, type ShipperLab } from './support/shipper-lab.ts';

const LANDED = Date.UTC(2026, 10, 1);
const LANDING = { from: 'i-old', to: 'i-1', at: LANDED };
const OLD = ['ERROR one of i-old', 'two of i-old', 'three of i-old'];

/** One life of the agent on a disk whose `a.log` i-old wrote, and to which `mine` was added when the agent had looked at it. */
async function live(settings: JsonObject, mine: string, then: (life: Life) => void): Promise<void> {
  const clock = new FakeClock(LANDED + 3_600_000);
  using lab = shipperLab();
  await using sink = await recordingSink(() => clock.now());
  lab.write('a.log', ...OLD);
  utimesSync(join(lab.folder, 'a.log'), LANDED / 1000 - 60, LANDED / 1000 - 60);
  const shipper = lab.start({ aws: callsAt(sink.url), clock, landing: LANDING });
  const app = entry('app', { path: `${lab.folder}/*.log`, group: 'g', ...settings });
  await elapse(clock, shipper.reconfigure([app], FACTS));
  await elapse(
    clock,
    until(() => entryOf(shipper).files?.length === 1),
  );
  lab.write('a.log', mine);
  await elapse(
    clock,
    until(() => sink.received.some(({ message }) => message === mine)),
  );
  await elapse(clock, shipper.drain(3_600_000));
  then({ shipper, sink, lab });
}

interface Life {
  readonly shipper: LogShipper;
  readonly sink: RecordingSink;
  readonly lab: ShipperLab;
}

interface Entry {
  readonly ledger: LedgerDocument;
  readonly inherited?: { readonly bytes: number };
  readonly files?: readonly unknown[];
}

function entryOf(shipper: LogShipper): Entry {
  const [first] = shipper.status()['entries'] as readonly Entry[];
  if (!first) throw new Error('there is no entry');
  return first;
}

const bytes = (texts: readonly string[]): number => Buffer.byteLength(`${texts.join('\n')}\n`);

test('case 34: files of the instance before are left out and counted beside a ledger that adds up', async () => {
  await live({}, 'mine', ({ shipper, sink }) => {
    expect(sink.received.map(({ stream, message }) => [stream, message])).toEqual([['i-1', 'mine']]);
    const { ledger, inherited } = entryOf(shipper);
    expect(inherited).toEqual({ bytes: bytes(OLD) });
    expect([ledger.read, ledger.acknowledged]).toEqual([
      { events: 1, bytes: 4 },
      { events: 1, bytes: 4 },
    ]);
  });
});

test.each([
  ['{instanceId}', 'i-1', 'i-old'],
  ['app', 'app', 'app-from-i-old'],
])(
  'case 34: shipped, they go behind a marker into a stream of their own: %s',
  async (stream, own, before) => {
    await live({ inherited: 'ship', stream }, 'mine', ({ shipper, sink, lab }) => {
      const marker = `landfall: what follows lay in ${lab.folder}/a.log when this disk came from i-old to i-1`;
      expect(sink.messagesOf(before)).toEqual([marker, ...OLD]);
      expect(sink.messagesOf(own)).toEqual(['mine']);
      const { ledger, inherited } = entryOf(shipper);
      expect(inherited).toEqual({ bytes: 0 });
      expect([ledger.read.events, ledger.acknowledged.events, ledger.inFlight.events]).toEqual([5, 5, 0]);
    });
  },
);

test('case 34: filters are for the lines, not for the marker', async () => {
  const settings = { inherited: 'ship', filter: { include: ['^ERROR', '^mine'] } };
  await live(settings, 'mine', ({ shipper, sink }) => {
    expect(sink.messagesOf('i-old')).toEqual([expect.stringMatching(/^landfall: /), OLD[0]]);
    expect(entryOf(shipper).ledger.filtered.events).toBe(2);
  });
});
