import type { AwsCalls, CallResult } from '../../aws/aws-calls.ts';
import type { QueuedDatum } from '../base/datum.ts';
import type { DeliveryCounts } from './delivery-counts.ts';

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
  /** Where somebody can do something about it. */
  readonly hint?: string;
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
  if (verdict === 'later') return { data, reason: reasonOf(result), ...hintOf(result, first.namespace) };
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

function hintOf(result: CallResult, namespace: string): Pick<Unsent, 'hint'> {
  if (result.kind !== 'refused' || result.class !== 'denied') return {};
  return { hint: `Allow the role cloudwatch:PutMetricData for the namespace ${namespace}.` };
}

/** What to do with a request after its answer. */
type PutVerdict = 'done' | 'later' | 'split';

/** Codes that speak of what is in the request. Only these are worth taking it apart: anything else would quarantine everything. */
const ABOUT_THE_DATA: ReadonlySet<string> = new Set([
  'InvalidFormat',
  'InvalidParameterCombination',
  'InvalidParameterValue',
  'MissingParameter',
  'MissingRequiredParameter',
  'RequestEntityTooLarge',
  'SerializationException',
  'ValidationError',
  'ValidationException',
]);

function putVerdict(result: CallResult): PutVerdict {
  if (result.kind === 'ok') return 'done';
  if (result.kind !== 'refused') return 'later';
  const isAboutData =
    ABOUT_THE_DATA.has(result.code) || ABOUT_THE_DATA.has(result.code.replace(/Exception$/, ''));
  return result.class === 'invalid' && (isAboutData || result.status === 413) ? 'split' : 'later';
}
