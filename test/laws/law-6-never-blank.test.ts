import { expect, it } from 'vitest';
import type { Effect } from '#scripts/sandbox/wire/faults.ts';
import { BUCKET, daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { valueOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';

const KEY = 'payroll/base/app.properties';
const GOOD = 'a=1\nb=1\nc=1\nd=1\n';

const failing =
  (effect: Effect) =>
  ({ sandbox }: DaemonBench): void =>
    void sandbox.faults.add({ service: 's3', effect });

/** Five states that are easily taken for one another, and none of them for a configuration. */
const STATES: readonly (readonly [name: string, code: string, bring: (bench: DaemonBench) => void])[] = [
  ['denied', 'LF_SOURCE_DENIED', failing({ status: 403, code: 'AccessDenied' })],
  ['missing', 'LF_SOURCE_EMPTY', ({ sandbox }) => sandbox.deleteObject(BUCKET, KEY)],
  ['empty', 'LF_LAYER_EMPTIED', (bench) => bench.put('base/app.properties', '')],
  ['malformed', 'LF_PARSE', (bench) => bench.put('base/app.properties', 'a=\\u12\n')],
  ['shrunken', 'LF_SHRUNK', (bench) => bench.put('base/app.properties', 'a=1\n')],
];

it('law 6: denied, missing, empty, malformed and shrunken are five states', () => {
  expect(new Set(STATES.map(([, code]) => code)).size).toBe(5);
});

it.each(STATES)('law 6: %s is %s, and the good generation stays', async (_, code, bring) => {
  const bench = await daemonBench();
  bench.put('base/app.properties', GOOD);
  const daemon = await bench.daemon();
  valueOf(await finish(bench.clock, daemon.booted));
  bring(bench);
  const refreshed = await finish(bench.clock, daemon.refresh());
  expect(refreshed).toMatchObject({ fault: { code } });
  const served = (await ask(bench.socket, { path: '/v1/config' })).json();
  expect(served).toMatchObject({ stale: true, properties: { a: '1', b: '1', c: '1', d: '1' } });
});
