import type { AwsCalls } from '../aws/aws-calls.ts';
import type { Pin } from '../aws/pin.ts';
import { binary, readingOfTrouble, unclear, type Reading, type SecretItem } from './reading.ts';

interface Answer {
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly VersionId?: string;
}

/** Reads the current version of one secret of Secrets Manager. */
export async function readStoredSecret(
  aws: AwsCalls,
  pin: Pin,
  item: SecretItem,
  signal: AbortSignal,
): Promise<Reading> {
  // One by one: a batch would need secretsmanager:BatchGetSecretValue and ListSecrets, which roles do not have.
  const target = 'secretsmanager.GetSecretValue';
  const result = await aws.json(
    'secretsmanager',
    target,
    { SecretId: item.id },
    { signal, repeatable: true },
  );
  if (result.kind !== 'ok') return readingOfTrouble(result, item, pin);
  const { SecretString: text, SecretBinary: bytes, VersionId: version } = result.json as Answer;
  if (typeof text === 'string') return { kind: 'text', text, version };
  return bytes === undefined ? unclear(item) : binary(item);
}

/** A field of a secret's JSON; undefined when the object has none of that name. */
export type FieldOf =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Cuts `field` out of a secret that is a JSON object. Numbers come as they are written: ids outgrow a double. */
export function fieldOf(text: string, field: string): FieldOf {
  const object = parseAsWritten(text);
  if (object === undefined) {
    return { kind: 'invalid', reason: 'the secret is no JSON object; leave #field out, or store one' };
  }
  if (!Object.hasOwn(object, field)) return { kind: 'absent' };
  const value = object[field];
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (typeof value === 'boolean') return { kind: 'text', text: String(value) };
  return { kind: 'invalid', reason: 'the field is no text, number or boolean' };
}

function parseAsWritten(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text, asWritten);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The third argument is "JSON.parse source text access" of ECMAScript 2026, in V8 since 11.4. */
function asWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value;
}
