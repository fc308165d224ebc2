import type { AwsCalls, CallResult } from '#agent/aws/aws-calls.ts';
import type { MetricDatum, QueuedDatum } from '#agent/metrics/base/datum.ts';
import type { SealedRecords } from '#config-service';
import { ok } from '#kit/outcome.ts';

export const FINE: CallResult = { kind: 'ok', json: {}, text: '{}' };
export const GONE: CallResult = {
  kind: 'failed',
  fault: {
    code: 'LF_AWS_UNREACHABLE',
    operation: 'call',
    subject: 'cloudwatch',
    cause: 'ETIMEDOUT',
    hint: '',
  },
};

export function refusal(
  code: string,
  kind: 'throttled' | 'invalid' | 'denied' | 'credentials',
  status = 400,
): CallResult {
  return { kind: 'refused', status, code, message: '', class: kind, json: {} };
}

export interface FakeCloudWatch {
  readonly aws: Pick<AwsCalls, 'json'>;
  /** What was accepted, request by request. */
  readonly requests: { readonly namespace: string; readonly data: readonly MetricDatum[] }[];
  readonly accepted: readonly MetricDatum[];
  calls: number;
  answer: (data: readonly MetricDatum[]) => CallResult;
}

/** Answers as the test says, and remembers what it took. */
export function fakeCloudWatch(): FakeCloudWatch {
  const requests: FakeCloudWatch['requests'] = [];
  const fake: FakeCloudWatch = {
    requests,
    get accepted() {
      return requests.flatMap(({ data }) => data);
    },
    calls: 0,
    answer: () => FINE,
    aws: {
      json: (_service, _target, body) => {
        fake.calls += 1;
        const { Namespace, MetricData } = body as { Namespace: string; MetricData: readonly MetricDatum[] };
        const result = fake.answer(MetricData);
        if (result.kind === 'ok') requests.push({ namespace: Namespace, data: MetricData });
        return Promise.resolve(result);
      },
    },
  };
  return fake;
}

export function datum(name: string, at: number, bytes?: number): QueuedDatum {
  const plain: MetricDatum = {
    MetricName: name,
    Dimensions: [],
    Timestamp: at / 1000,
    Unit: 'None',
    Value: 1,
  };
  return { namespace: 'N', datum: plain, bytes: bytes ?? JSON.stringify(plain).length };
}

/** Sealed records in memory, which outlive the agents of a test. */
export function memorySpool(): SealedRecords & { readonly files: Map<string, Uint8Array>; isFull: boolean } {
  const files = new Map<string, Uint8Array>();
  const spool = {
    files,
    isFull: false,
    names: () => Promise.resolve(ok([...files.keys()].toSorted())),
    load: (name: string) => {
      const plaintext = files.get(name);
      return Promise.resolve(
        plaintext ? { kind: 'loaded' as const, plaintext } : { kind: 'absent' as const },
      );
    },
    save: (name: string, bytes: Uint8Array) => {
      if (spool.isFull) {
        const fault = {
          code: 'LF_STATE_DIR',
          operation: 'write',
          subject: name,
          cause: 'ENOSPC',
          hint: '',
        } as const;
        return Promise.resolve({ kind: 'fail' as const, fault });
      }
      files.set(name, bytes);
      return Promise.resolve(ok(undefined));
    },
    remove: (name: string) => {
      files.delete(name);
      return Promise.resolve(ok(undefined));
    },
  };
  return spool;
}
