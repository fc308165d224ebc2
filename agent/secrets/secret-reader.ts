import type { AwsCalls } from '../aws/aws-calls.ts';
import type { Pin } from '../aws/pin.ts';
import { PARAMETERS_PER_CALL, readParameters } from './parameters.ts';
import {
  binary,
  readingOfTrouble,
  unavailableToo,
  unclear,
  type Reading,
  type SecretItem,
  type Unavailable,
} from './reading.ts';

/** Reads items, one reading for each. Never rejects. */
export type ReadSecrets = (
  items: readonly SecretItem[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<SecretItem, Reading>>;

/** Calls under way at once: secrets are read while an instance boots, and a fleet boots together. */
const CALLS_AT_ONCE = 4;

interface Job {
  readonly service: SecretItem['service'];
  readonly items: readonly SecretItem[];
  readonly read: () => Promise<readonly Reading[]>;
}

export function createSecretReader(aws: AwsCalls, pin: Pin): ReadSecrets {
  return async (items, signal) => {
    const parameters = items.filter(({ service }) => service === 'ssm');
    const current = parameters.filter(({ selector }) => selector === '');
    const jobs: Job[] = [];
    const batches = Array.from({ length: Math.ceil(current.length / PARAMETERS_PER_CALL) }, (_, at) =>
      current.slice(at * PARAMETERS_PER_CALL, (at + 1) * PARAMETERS_PER_CALL),
    );
    // A version is asked for alone: its answer has the name of the parameter, as those of its other versions have.
    const selected = parameters.filter((item) => !current.includes(item)).map((item) => [item]);
    for (const batch of [...batches, ...selected]) {
      jobs.push({ service: 'ssm', items: batch, read: () => readParameters(aws, pin, batch, signal) });
    }
    for (const item of items.filter(({ service }) => service === 'secretsmanager')) {
      jobs.push({
        service: 'secretsmanager',
        items: [item],
        read: async () => [await readStoredSecret(aws, pin, item, signal)],
      });
    }
    return runAll(jobs);
  };
}

/** A service that gives no answer is not asked for the rest: twenty timeouts in a row would hold up a boot for minutes. */
async function runAll(jobs: readonly Job[]): Promise<ReadonlyMap<SecretItem, Reading>> {
  const readings = new Map<SecretItem, Reading>();
  const down = new Map<SecretItem['service'], Unavailable>();
  const waiting = jobs.values();
  const work = async (): Promise<void> => {
    for (const { service, items, read } of waiting) {
      const trouble = down.get(service);
      const found = trouble ? items.map((item) => unavailableToo(item, trouble)) : await read();
      for (const [at, reading] of found.entries()) {
        const item = items[at];
        if (item) readings.set(item, reading);
        if (reading.kind === 'unavailable') down.set(service, reading);
      }
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  return readings;
}

interface Answer {
  readonly ARN?: string;
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly VersionId?: string;
}

/** Reads one secret of Secrets Manager: the current version, or the one that is selected. */
async function readStoredSecret(
  aws: AwsCalls,
  pin: Pin,
  item: SecretItem,
  signal: AbortSignal,
): Promise<Reading> {
  // One by one: a batch would need secretsmanager:BatchGetSecretValue and ListSecrets, which roles do not have.
  const target = 'secretsmanager.GetSecretValue';
  const [, stage = '', versionId = ''] = item.selector.split(':');
  const body = {
    SecretId: item.id,
    ...(stage !== '' && { VersionStage: stage }),
    ...(versionId !== '' && { VersionId: versionId }),
  };
  const result = await aws.json('secretsmanager', target, body, { signal, repeatable: true });
  if (result.kind !== 'ok') return readingOfTrouble(result, item, pin);
  const { SecretString: text, SecretBinary: bytes, VersionId: version, ARN: arn } = result.json as Answer;
  if (typeof text === 'string') return { kind: 'text', text, version, arn };
  return bytes === undefined ? unclear(item) : binary(item);
}
