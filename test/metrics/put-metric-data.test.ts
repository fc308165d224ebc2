import { afterAll, describe, expect, it } from 'vitest';
import { datumOf, type QueuedDatum } from '#agent/metrics/base/datum.ts';
import { Distribution } from '#agent/metrics/base/distribution.ts';
import { seriesOf, type Series } from '#agent/metrics/base/series.ts';
import { newDeliveryCounts } from '#agent/metrics/sink/delivery-counts.ts';
import { putMetricData } from '#agent/metrics/sink/put-metric-data.ts';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from '../support/aws-calls.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';

const { signal } = new AbortController();

interface Backend {
  readonly name: string;
  readonly url: string;
  stop(): Promise<void>;
}

const sandbox = await startSandbox();
const moto = await startMoto();
if (!moto) it('the same against moto', ({ skip }) => skip(MOTO_IS_MISSING));
const backends: readonly Backend[] = [
  { name: 'sandbox', url: sandbox.url, stop: () => sandbox.close() },
  ...(moto ? [{ name: 'moto', url: moto.url, stop: () => moto.stop() }] : []),
];

function told(name: string, values: readonly number[], highResolution = false): QueuedDatum {
  const series = seriesOf('Landfall/Test', name, 'Percent', [{ name: 'InstanceId', value: 'i-1' }]) as Series;
  const distribution = new Distribution();
  for (const value of values) distribution.add(value);
  return datumOf(series, distribution, Math.floor(Date.now() / 60_000) * 60_000, highResolution);
}

describe.each(backends)('PutMetricData of $name', (backend) => {
  const { name, url } = backend;
  afterAll(() => backend.stop());
  const aws = callsAt(new URL(url));
  const put = async (data: readonly QueuedDatum[]) => {
    const counts = newDeliveryCounts();
    const quarantined: string[] = [];
    const onQuarantine = (datum: QueuedDatum): void => void quarantined.push(datum.datum.MetricName);
    const unsent = await putMetricData({ aws, counts, onQuarantine }, data, signal);
    return { counts, quarantined, unsent: unsent.data.length };
  };

  it('takes single values, value arrays, a high resolution, and zipped requests', async () => {
    const many = Array.from({ length: 150 }, (_, at) => at + 0.5);
    const data = [told('one', [1]), told('many', many), told('second', [2], true)];
    expect(await put(data)).toMatchObject({ counts: { sent: 3, requests: 1 }, quarantined: [], unsent: 0 });
  });

  it('case 72: takes a thousand data at once', async () => {
    const data = Array.from({ length: 1_000 }, (_, at) => told(`m${at}`, [at]));
    expect(await put(data)).toMatchObject({ counts: { sent: 1_000 }, unsent: 0 });
  });

  it.runIf(name === 'sandbox')('case 71: refuses one datum, and takes those beside it', async () => {
    const bad = told('bad', [1]);
    const data = [told('a', [1]), { ...bad, datum: { ...bad.datum, Value: 2 ** 361 } }, told('b', [1])];
    expect(await put(data)).toMatchObject({
      counts: { sent: 2, dropped: { quarantined: 1 } },
      quarantined: ['bad'],
    });
  });
});
