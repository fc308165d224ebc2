import type { AwsCalls, CallResult } from '../../aws/aws-calls.ts';
import type { QueuedDatum } from '../datum.ts';
import type { DeliveryCounts } from './delivery-counts.ts';
import { putVerdict } from './put-verdict.ts';

/** CloudWatch in awsJson 1.0, as the current SDKs speak it. */
const TARGET = 'GraniteServiceVersion20100801.PutMetricData';

export interface PutMetricData {
  readonly aws: Pick<AwsCalls, 'json'>;
  readonly counts: DeliveryCounts;
  /** Tells of one datum that CloudWatch does not take. */
  readonly onQuarantine: (datum: QueuedDatum, code: string) => void;
}

/** What is left of a request, and why; empty when all of it was sent or quarantined. */
export interface Unsent {
  readonly data: readonly QueuedDatum[];
  readonly reason: string;
}

/**
 * Puts data of one namespace. A request that CloudWatch calls invalid is halved until the bad datum stands alone. An answer that never came leaves the data
 * unsent, though it may have arrived: at least once, and a sum may then be counted twice.
 */
export async function putMetricData(
  parts: PutMetricData,
  data: readonly QueuedDatum[],
  signal: AbortSignal,
): Promise<Unsent> {
  const { aws, counts, onQuarantine } = parts;
  const [first] = data;
  if (first === undefined) return { data: [], reason: '' };
  const body = { Namespace: first.namespace, MetricData: data.map(({ datum }) => datum) };
  counts.requests += 1;
  const result = await aws.json('cloudwatch', TARGET, body, { signal, gzip: true });
  const verdict = putVerdict(result);
  if (verdict === 'done') {
    counts.sent += data.length;
    return { data: [], reason: '' };
  }
  counts.failedRequests += 1;
  if (verdict === 'later') return { data, reason: reasonOf(result) };
  if (data.length === 1) {
    counts.dropped.quarantined += 1;
    onQuarantine(first, reasonOf(result));
    return { data: [], reason: '' };
  }
  const middle = Math.ceil(data.length / 2);
  const left = await putMetricData(parts, data.slice(0, middle), signal);
  // When the first half has to wait the second would only meet the same.
  if (left.data.length > 0) return { ...left, data: [...left.data, ...data.slice(middle)] };
  return await putMetricData(parts, data.slice(middle), signal);
}

function reasonOf(result: CallResult): string {
  if (result.kind === 'ok') return '';
  return result.kind === 'refused' ? result.code : result.fault.code;
}
