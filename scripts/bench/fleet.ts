import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '../../config-service/release/digest.ts';
import { objectKey, type Release } from '../../config-service/release/manifest.ts';
import { printPointer } from '../../config-service/release/pointer.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import type { BenchRow } from './bench-row.ts';
import { launchFleet } from './fleet-member.ts';
import { DOLLARS } from './request-prices.ts';

const REGION = 'eu-west-1';
const BUCKET = `fleet-config-${REGION}`;
const PREFIX = 'payroll';
const LAYERS = ['base', 'role/web', 'environment/prod'] as const;
/** Of the layer that changes. */
const CHANGING = 'environment/prod';

const INTERVALS_A_MONTH = (30 * 24 * 3600) / 30;

/**
 * A change until the slowest of a fleet serves it, and whether the fleet asks evenly while it does. Each member is the
 * daemon's own wiring, without process and disk of its own, against one sandbox over real sockets.
 */
export const fleet: BenchRow = {
  name: 'fleet',
  async measure({ quick, say }) {
    const members = quick ? 200 : 1000;
    const intervalMs = quick ? 3000 : 10_000;
    const sandbox = await startSandbox({ requestLogSize: 1_000_000 });
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => sandbox.close());
    sandbox.addBucket({ name: BUCKET, region: REGION });
    publish(sandbox, 1);
    const running = await launchFleet({
      sandbox,
      members,
      region: REGION,
      source: `s3://${BUCKET}/${PREFIX}`,
      intervalMs,
    });
    cleanup.defer(() => running.close());
    await running.allServe('1');
    sandbox.requests.clear();
    const quietMs = intervalMs * 2;
    await sleep(quietMs);
    const quiet = gets(sandbox);
    publish(sandbox, 2);
    const delays = await running.allServe('2');
    await sleep(intervalMs);
    const all = gets(sandbox);
    const sorted = delays.toSorted((a, b) => a - b);
    const percentile = (share: number): string => seconds(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
    say(`p50 ${percentile(0.5)}, p90 ${percentile(0.9)}, p99 ${percentile(0.99)}, slowest ${percentile(1)}`);
    const rates = perSecond(all);
    say(`S3 requests each second: ${rates.join(' ')}`);
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const perTick = quiet.length / members / (quietMs / intervalMs);
    const what = `${members} agents, ${intervalMs / 1000} s interval`;
    return [
      {
        what: 'change until the slowest serves it',
        value: sorted.at(-1) ?? Number.NaN,
        unit: 'ms',
        bar: { atMost: intervalMs + 1000 },
        detail: `${what}; p50 ${percentile(0.5)}, p90 ${percentile(0.9)}, p99 ${percentile(0.99)}`,
      },
      {
        what: 'busiest second against the mean',
        value: Math.max(...rates) / mean,
        unit: 'x',
        bar: { atMost: 2 },
        detail: `mean ${mean.toFixed(1)} requests a second to S3, quiet and with one change`,
      },
      {
        what: '10,000 instances for a month, 30 s interval',
        value: perTick * INTERVALS_A_MONTH * 10_000 * DOLLARS.get,
        unit: 'USD',
        // One GET a tick, and nothing else while nothing changes.
        bar: { atMost: 350 },
        detail: `${perTick.toFixed(3)} GETs a tick and instance, at $0.0004 per 1,000`,
      },
    ];
  },
};

function publish(sandbox: Sandbox, version: number): void {
  const files = LAYERS.map((layer) => {
    const text = `${layer.replace('/', '.')}.setting=${layer === CHANGING ? version : 0}\n${layer === CHANGING ? `version=${version}\n` : ''}`;
    sandbox.putObject(BUCKET, `${PREFIX}/${objectKey(layer, sha256Hex(text))}`, text);
    return [
      layer,
      [{ path: 'app.properties', sha256: sha256Hex(text), size: Buffer.byteLength(text) }],
    ] as const;
  });
  const stable: Release = {
    id: `20261121T00000${version}Z-bench`,
    createdAt: '2026-11-21T00:00:00Z',
    layers: new Map(files),
  };
  sandbox.putObject(BUCKET, `${PREFIX}/current.json`, printPointer({ region: REGION, stable }));
}

/** Times of the requests to S3, epoch ms. */
function gets(sandbox: Sandbox): readonly number[] {
  return sandbox.requests.entries.filter(({ service }) => service === 's3').map(({ at }) => at);
}

/** Whole seconds only: the last one is cut short. */
function perSecond(times: readonly number[]): readonly number[] {
  const start = times[0] ?? 0;
  const length = Math.floor(((times.at(-1) ?? start) - start) / 1000);
  const counts = Array.from({ length }, () => 0);
  for (const at of times) {
    const second = Math.floor((at - start) / 1000);
    if (second < length) counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
