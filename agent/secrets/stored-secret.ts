import type { AwsCalls } from '../aws/aws-calls.ts';
import type { Pin } from '../aws/pin.ts';
import { binary, readingOfTrouble, unclear, type Reading, type SecretItem } from './reading.ts';

interface Answer {
  readonly ARN?: string;
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly VersionId?: string;
}

/** Reads one secret of Secrets Manager: the current version, or the one that is selected. */
export async function readStoredSecret(
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
