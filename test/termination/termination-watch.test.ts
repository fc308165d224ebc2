import { describe, expect, it } from 'vitest';
import { createTerminationWatch } from '#agent/termination/termination-watch.ts';
import { silentLogger, type Logger } from '#kit/logger.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { FakeClock } from '../support/fake-clock.ts';

const DOWN = fail({
  code: 'LF_IMDS_UNREACHABLE',
  operation: 'read',
  subject: 'http://127.0.0.1:9/',
  cause: 'connection refused',
  hint: '',
});
const NOW = Date.UTC(2026, 10, 21);
const SPOT = 'spot/instance-action';
const TARGET = 'autoscaling/target-lifecycle-state';

function staged() {
  const clock = new FakeClock(NOW);
  const items = new Map<string, string>([['events/maintenance/scheduled', '[]']]);
  const asked: string[] = [];
  const records: Readonly<Record<string, unknown>>[] = [];
  const left: unknown[] = [];
  const warnings: string[] = [];
  const noted: string[] = [];
  let returns = 0;
  const state = { down: false };
  const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
  const watch = createTerminationWatch({
    imds: {
      async read(path): Promise<Outcome<string | undefined>> {
        asked.push(path);
        return state.down ? DOWN : ok(items.get(path.replace('latest/meta-data/', '')));
      },
    },
    clock,
    random: () => 0,
    logger,
    record: (data) => void records.push(data),
    onLeave: (cause, withinMs) => void left.push({ ...cause, withinMs }),
    onNote: ({ source }) => void noted.push(source),
    onReturn: () => void (returns += 1),
  });
  watch.start();
  return { clock, items, asked, records, left, noted, warnings, watch, state, returns: () => returns };
}

const action = (name: string, inMs: number): string =>
  JSON.stringify({ action: name, time: new Date(NOW + inMs).toISOString() });

describe('the watch', () => {
  it('asks the same four questions every 5 s, whatever the answers', async () => {
    const { clock, items, asked } = staged();
    await clock.advance(0);
    expect(asked).toHaveLength(4);
    items.set(SPOT, action('terminate', 120_000));
    await clock.advance(4999);
    expect(asked).toHaveLength(4);
    await clock.advance(1);
    await clock.advance(5000);
    expect(asked).toHaveLength(12);
    expect(new Set(asked).size).toBe(4);
  });

  it('says a notice once, and leaves once within the time that is left', async () => {
    const { clock, items, records, left, watch } = staged();
    items.set(SPOT, action('terminate', 60_000));
    await clock.advance(20_000);
    expect(left).toEqual([{ source: 'spot', action: 'terminate', withinMs: 60_000 }]);
    expect(records).toEqual([
      {
        phase: 'notice',
        decision: 'leave',
        source: 'spot',
        action: 'terminate',
        at: '2026-11-21T00:01:00.000Z',
      },
    ]);
    expect(watch.notices()).toMatchObject([{ source: 'spot' }]);
  });

  it('takes a notice that changed for another, and one that came back for the same', async () => {
    const { clock, items, records } = staged();
    items.set('events/recommendations/rebalance', '{"noticeTime":"2026-11-21T00:00:00Z"}');
    await clock.advance(0);
    items.delete('events/recommendations/rebalance');
    await clock.advance(5000);
    items.set('events/recommendations/rebalance', '{"noticeTime":"2026-11-21T00:00:00Z"}');
    await clock.advance(5000);
    expect(records).toHaveLength(1);
    items.set('events/recommendations/rebalance', '{"noticeTime":"2026-11-21T00:05:00Z"}');
    await clock.advance(5000);
    expect(records).toHaveLength(2);
  });

  it('hands on what it only notes, but for the states of a group', async () => {
    const { clock, items, noted, left } = staged();
    items.set('events/recommendations/rebalance', '{"noticeTime":"2026-11-21T00:00:00Z"}');
    items.set(SPOT, action('hibernate', 120_000));
    items.set(TARGET, 'Standby');
    await clock.advance(10_000);
    items.set(SPOT, action('terminate', 120_000));
    await clock.advance(10_000);
    expect(noted).toEqual(['spot', 'rebalance']);
    expect(left).toHaveLength(1);
  });

  it('leaves and returns with a warm pool', async () => {
    const { clock, items, left, returns } = staged();
    for (const target of ['InService', 'Warmed:Running', 'InService', 'Warmed:Running']) {
      items.set(TARGET, target);
      await clock.advance(5000);
      await clock.advance(5000);
    }
    expect(left).toHaveLength(2);
    expect(returns()).toBe(1);
  });

  it('makes nothing of a metadata service that is down, and says so once an outage', async () => {
    const { clock, left, records, warnings, state } = staged();
    state.down = true;
    await clock.advance(30_000);
    expect(warnings).toHaveLength(1);
    state.down = false;
    await clock.advance(5000);
    state.down = true;
    await clock.advance(10_000);
    expect(warnings).toHaveLength(2);
    expect([...left, ...records]).toEqual([]);
  });

  it('makes nothing of what AWS does not write, says so once, and hears the other items', async () => {
    const { clock, items, left, warnings } = staged();
    items.set(SPOT, '<html>');
    items.set(TARGET, 'Terminated');
    await clock.advance(30_000);
    expect(warnings).toHaveLength(1);
    expect(left).toMatchObject([{ source: 'autoscaling', action: 'Terminated' }]);
  });

  it('ends when it is closed', async () => {
    const { clock, asked, watch } = staged();
    await clock.advance(0);
    await watch.close();
    await clock.advance(30_000);
    expect(asked).toHaveLength(4);
    expect(clock.sleeping).toBe(0);
  });
});
