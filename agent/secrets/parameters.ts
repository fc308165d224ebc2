import type { AwsCalls } from '../aws/aws-calls.ts';
import type { Pin } from '../aws/pin.ts';
import { readingOfTrouble, unclear, type Reading, type SecretItem } from './reading.ts';

/** AWS Systems Manager API reference, GetParameters: at most so many names a call. */
export const PARAMETERS_PER_CALL = 10;

interface Answer {
  readonly Parameters?: readonly Parameter[];
  readonly InvalidParameters?: readonly string[];
}

interface Parameter {
  readonly Name?: string;
  readonly ARN?: string;
  readonly Value?: string;
  readonly Version?: number;
  readonly LastModifiedDate?: number | string;
}

/** Reads up to ten parameters, decrypted, no two of one name. One reading for each item, in their order. */
export async function readParameters(
  aws: AwsCalls,
  pin: Pin,
  items: readonly SecretItem[],
  signal: AbortSignal,
): Promise<readonly Reading[]> {
  const body = { Names: items.map(nameOf), WithDecryption: true };
  const result = await aws.json('ssm', 'AmazonSSM.GetParameters', body, { signal, repeatable: true });
  if (result.kind === 'ok') return items.map((item) => readingOf(item, result.json as Answer));
  const readings = items.map((item) => readingOfTrouble(result, item, pin));
  // One name that the role may not read, or whose key is gone, refuses all: the others are asked for alone.
  if (items.length === 1 || readings.some(({ kind }) => kind === 'unavailable')) return readings;
  const alone: Reading[] = [];
  for (const item of items) alone.push(...(await readParameters(aws, pin, [item], signal)));
  return alone;
}

function readingOf(item: SecretItem, { Parameters: found, InvalidParameters: missing }: Answer): Reading {
  const parameter = found?.find(({ Name, ARN }) => Name === item.id || ARN === item.id);
  if (typeof parameter?.Value === 'string') {
    return { kind: 'text', text: parameter.Value, version: versionOf(parameter), arn: parameter.ARN };
  }
  return missing?.includes(nameOf(item)) ? { kind: 'absent' } : unclear(item);
}

function nameOf({ id, selector }: SecretItem): string {
  return id + selector;
}

/** Versions count from 1 again when a parameter is deleted and made anew: the date tells the two apart. */
function versionOf({ Version: version, LastModifiedDate: modified }: Parameter): string | undefined {
  return version === undefined ? undefined : `${version}@${modified ?? ''}`;
}
