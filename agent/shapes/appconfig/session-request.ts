import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';
import type { Session } from './session-token.ts';

/** Seconds: what a client may ask for at least, and gets who asks for nothing. */
const LEAST_INTERVAL = 15;

const NAMES = ['ApplicationIdentifier', 'EnvironmentIdentifier', 'ConfigurationProfileIdentifier'] as const;

/** The body of StartConfigurationSession, or the parameter that cannot be read. */
export function readSessionRequest(body: string): Session | { readonly wrong: string } {
  const request = parsed(body);
  const names = NAMES.map((name) => request[name]);
  const wrong = NAMES.find((_, at) => !isName(names[at]));
  if (wrong !== undefined) return { wrong };
  const [application = '', environment = '', profile = ''] = names.map(String);
  const asked = request['RequiredMinimumPollIntervalInSeconds'] ?? LEAST_INTERVAL;
  if (typeof asked !== 'number' || !Number.isSafeInteger(asked))
    return { wrong: 'RequiredMinimumPollIntervalInSeconds' };
  return { application, environment, profile, intervalSeconds: Math.max(LEAST_INTERVAL, asked), sent: '' };
}

/** All of them come back in a token, which has to fit into the head of a request. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 1024;
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  const value = jsonOf(body);
  return isRecord(value) ? value : {};
}
