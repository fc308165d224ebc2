import { isRecord } from '#kit/is-record.ts';
import type { Effect, Fault } from './wire/faults.ts';

const TEXTS = ['service', 'operation', 'method', 'path', 'region'] as const;
const NUMBERS = ['times', 'delayMs'] as const;
const SERVICES: ReadonlySet<unknown> = new Set([
  's3',
  'ec2',
  'monitoring',
  'logs',
  'ssm',
  'secretsmanager',
  'appconfig',
  'dynamodb',
  'autoscaling',
  'cloudformation',
  'imds',
]);
const EFFECTS: ReadonlySet<unknown> = new Set<Effect>([
  'truncate',
  'trickle',
  'lose',
  'reset',
  'hang',
  'throttle',
]);

/** A fault that came as JSON, or what is wrong with it: a misspelt field would otherwise match everything. */
export function readFault(raw: Readonly<Record<string, unknown>>): Fault | { readonly problem: string } {
  const known: ReadonlySet<string> = new Set([...TEXTS, ...NUMBERS, 'effect']);
  const unknown = Object.keys(raw).find((name) => !known.has(name));
  if (unknown !== undefined) return { problem: `unknown field ${unknown}` };
  for (const name of TEXTS) {
    if (raw[name] !== undefined && typeof raw[name] !== 'string')
      return { problem: `${name} must be a text` };
  }
  for (const name of NUMBERS) {
    const value = raw[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && Number(value) >= 0))
      return { problem: `${name} must be a whole number` };
  }
  if (raw['service'] !== undefined && !SERVICES.has(raw['service']))
    return { problem: `service must be one of ${[...SERVICES].join(', ')}` };
  const effect = raw['effect'];
  if (effect !== undefined && !EFFECTS.has(effect) && !isStatus(effect)) {
    return {
      problem: `effect must be one of ${[...EFFECTS].join(', ')} or {"status":200..599,"code","body","headers"}`,
    };
  }
  if (effect === undefined && raw['delayMs'] === undefined)
    return { problem: 'effect or delayMs is required' };
  return raw;
}

function isStatus(effect: unknown): boolean {
  if (!isRecord(effect) || !Number.isSafeInteger(effect['status'])) return false;
  const status = Number(effect['status']);
  const texts = ['code', 'body'].every(
    (name) => effect[name] === undefined || typeof effect[name] === 'string',
  );
  const headers = effect['headers'] ?? {};
  return (
    status >= 200 &&
    status <= 599 &&
    texts &&
    isRecord(headers) &&
    Object.values(headers).every((value) => typeof value === 'string')
  );
}
