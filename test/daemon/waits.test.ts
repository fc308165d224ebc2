import { describe, expect, it } from 'vitest';
import { pipelineWaits, rolloutWait, Waits, type Wait } from '#agent/daemon/reporting/waits.ts';
import { formatDuration } from '#kit/duration.ts';
import { cohortOf } from '../../config-service/release/cohort.ts';
import { loggerInto } from '../support/configuring.ts';
import { daemonBench } from '../support/daemon-bench.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';
import { candidateOf, releaseOf } from '../support/release-fixture.ts';

const ID = 'i-0123456789abcdef0';
const STEPS = [
  { percent: 10, afterMs: 0 },
  { percent: 50, afterMs: 600_000 },
  { percent: 100, afterMs: 1_200_000 },
];
const OLD = releaseOf('r1', { base: { 'a.properties': 'a=1' } });

function chosen(track: 'stable' | 'candidate', more: object = {}) {
  const candidate = { ...candidateOf('r2', STEPS), salt: 'salt', ...more };
  const pointer = { region: 'eu-west-1', stable: OLD, candidate };
  return { track, release: track === 'stable' ? OLD : candidate.release, pointer } as const;
}

describe('the turn of an instance in a rollout', () => {
  it('is the first step that its place is in', () => {
    const place = cohortOf('salt', ID) * 100;
    expect(place).toBeGreaterThan(50);
    const startedAt = Date.parse(candidateOf('r2', STEPS).startedAt);
    expect(rolloutWait(chosen('stable'), ID, [])).toEqual([
      { name: 'the rollout of r2', until: startedAt + 1_200_000 },
    ]);
  });

  it.each([
    ['it follows it', chosen('candidate'), []],
    ['it was halted', chosen('stable', { halted: { at: '2026-11-21T04:00:00Z', reason: 'no' } }), []],
    ['it tried it in vain', chosen('stable'), [{ release: 'r2' }]],
    ['there is none', undefined, []],
  ])('is waited for no longer when %s', (_, choice, refused) => {
    expect(rolloutWait(choice, ID, refused)).toEqual([]);
  });
});

it('entries of logs, and metrics, that need a tag are waited for by name', () => {
  const logs = [{ name: 'app', placeholder: '{role}' }];
  expect(pipelineWaits({ logs, metrics: '{environment}' })).toMatchObject([
    { name: 'logs.app: a tag for {role}' },
    { name: 'metrics: a tag for {environment}' },
  ]);
  expect(pipelineWaits({ logs: [], metrics: undefined })).toEqual([]);
});

it('the log says once that something is waited for, and for how long when it is over', () => {
  const clock = new FakeClock();
  const log: string[] = [];
  const now: Wait[] = [{ name: 'the rollout of r2', until: clock.now() + 60_000 }];
  const waits = new Waits({ clock, logger: loggerInto(log) }, () => now);
  waits.look();
  void clock.advance(30_000);
  expect(waits.lines).toEqual([expect.stringMatching(/^the rollout of r2 for 30s, until \S+Z$/)]);
  expect(log).toHaveLength(1);
  now.length = 0;
  expect(waits.document).toEqual([]);
  expect(log[1]).toContain(formatDuration(30_000));
});

describe('why it is not ready comes with when it is tried again and until when', () => {
  it('in readyz, status and log', async () => {
    const bench = await daemonBench();
    const begun = bench.clock.now();
    await bench.daemon({ flags: { bootTimeout: '10m' }, host: { random: () => 0.5 } });
    await bench.logged('LF_SOURCE_EMPTY');
    const givesUpAt = new Date(begun + 600_000).toISOString();
    expect(bench.log.some((line) => line.includes('booting') && line.includes(givesUpAt))).toBe(true);
    const { reasons } = (await ask(bench.socket, { path: '/readyz' })).json() as {
      readonly reasons: readonly { readonly message: string }[];
    };
    expect(reasons[0]?.message).toMatch(new RegExp(` Tried again at \\S+Z, given up at ${givesUpAt}\\.$`));
    const status = (await ask(bench.socket, { path: '/v1/status' })).json();
    expect(status).toMatchObject({
      source: { givesUpAt, nextCheckAt: expect.stringMatching(/Z$/) as string },
      waits: [],
    });
  });

  it('and is said of a boot no more once something is in effect', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    const daemon = await bench.daemon({ flags: { bootTimeout: '10m' } });
    await finish(bench.clock, daemon.booted);
    const status = (await ask(bench.socket, { path: '/v1/status' })).json();
    expect(status).toMatchObject({ ready: true, source: { givesUpAt: null } });
  });
});
