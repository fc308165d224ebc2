import { parseDuration } from '../../kit/duration.ts';
import type { Problem } from '../../kit/errors.ts';
import { fail, ok, type Outcome } from '../../kit/outcome.ts';
import type { OverrideRequest } from '../backend/api-backend.ts';

const MIN_MS = 1000;
const MAX_MS = 30 * 86_400_000;
const MAX_REASON_LENGTH = 1000;
const FIELDS = new Set(['value', 'for', 'reason']);

/** The body of `PUT /v1/overrides/{key}`: `{"value","for","reason"}`, all required, all wrong ones reported at once. */
export function readOverride(key: string, body: Uint8Array): Outcome<OverrideRequest> {
  const document = parseObject(body);
  if (document === undefined) return invalid(key, ['the body is not a JSON object in UTF-8']);
  const { value, for: span, reason } = document;
  const forMs = typeof span === 'string' ? parseDuration(span) : undefined;
  const wrong = Object.keys(document)
    .filter((name) => !FIELDS.has(name))
    .map((name) => `${JSON.stringify(name)} is not a field`);
  if (typeof value !== 'string') wrong.push('"value" must be a string');
  if (forMs === undefined || forMs < MIN_MS || forMs > MAX_MS) {
    wrong.push('"for" must be a duration from 1s to 30d');
  }
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > MAX_REASON_LENGTH) {
    wrong.push(`"reason" must be a text of 1 to ${MAX_REASON_LENGTH} characters`);
  }
  if (wrong.length > 0 || typeof value !== 'string' || typeof reason !== 'string' || forMs === undefined) {
    return invalid(key, wrong);
  }
  return ok({ key, value, forMs, reason });
}

function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const document: unknown = JSON.parse(text);
    if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
    return document as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function invalid(key: string, wrong: readonly string[]): Outcome<never> {
  return fail({
    code: 'LF_REQUEST_INVALID',
    operation: 'override',
    subject: key,
    cause: wrong.join('; '),
    hint: 'Send {"value":"8","for":"1h","reason":"why"}.',
    problems: wrong.map((message): Problem => ({ code: 'LF_REQUEST_INVALID', message })),
  });
}
