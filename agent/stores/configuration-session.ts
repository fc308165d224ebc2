import { sha256Hex } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';
import type { RestCalls, RestResult } from '../aws/aws-calls.ts';
import type { Pin } from '../aws/pin.ts';
import { documentPath } from './document-path.ts';
import type { AddressOf, ReadStore, StoreReading } from './store-reader.ts';
import { storeFault, storeRefusal } from './store-refusal.ts';

export interface ConfigurationSessionParts {
  readonly aws: RestCalls;
  readonly pin: Pin;
  readonly clock: Clock;
}

/** AWS AppConfig Data API reference, StartConfigurationSession: the least. Our own pace is longer, a refresh may not be. */
const LEAST_POLL_SECONDS = 15;

/** AWS AppConfig quotas: a hosted configuration has at most 2 MiB, one from S3 up to 2 MiB as well. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Each token is good for one call; none is used that may have been used. */
interface Session {
  readonly token: string;
  /** Epoch ms: a call before it is refused. */
  readonly notBefore: number;
}

/**
 * What is deployed of a configuration profile of AppConfig, in a session of its own. The service gives content only where it
 * changed: an empty answer is what the session had before, and never an empty configuration.
 */
export function createConfigurationReader(
  layer: string,
  { application, environment, profile }: AddressOf<'appconfig'>,
  { aws, pin, clock }: ConfigurationSessionParts,
): ReadStore {
  const arn = `arn:${pin.partition}:appconfig:${pin.region}:${pin.account}`;
  const call = {
    layer,
    permission: `appconfig:StartConfigurationSession and appconfig:GetLatestConfiguration on ${arn}:application/*/environment/*/configuration/*`,
    missing: {
      cause: 'there is no such application, environment or profile, or nothing was deployed there',
      hint: 'Check the names in LANDFALL_LAYERS, and deploy the profile to that environment.',
    },
  };
  let session: Session | undefined;
  /** What the session gave last, also where it could not be used. */
  let given: StoreReading | undefined;

  const start = async (signal: AbortSignal): Promise<Outcome<Session>> => {
    const body = {
      ApplicationIdentifier: application,
      EnvironmentIdentifier: environment,
      ConfigurationProfileIdentifier: profile,
      RequiredMinimumPollIntervalInSeconds: LEAST_POLL_SECONDS,
    };
    const action = {
      name: 'StartConfigurationSession',
      method: 'POST',
      path: '/configurationsessions',
      body,
    } as const;
    const result = await aws.rest('appconfigdata', action, { signal, repeatable: true });
    if (result.kind !== 'ok') return storeRefusal(result, call);
    const json = jsonOf(result.body.toString());
    const token = isRecord(json) ? json['InitialConfigurationToken'] : undefined;
    if (typeof token !== 'string' || token === '') return malformed(layer, 'the answer has no token');
    return ok({ token, notBefore: 0 });
  };

  const poll = async ({ token }: Session, signal: AbortSignal): Promise<RestResult> => {
    const query = { configuration_token: token };
    const action = { name: 'GetLatestConfiguration', method: 'GET', path: '/configuration', query } as const;
    return aws.rest('appconfigdata', action, { signal, maxBytes: MAX_BYTES });
  };

  /** Undefined: the session is over, and another one may give it. */
  const attempt = async (signal: AbortSignal): Promise<Outcome<StoreReading> | undefined> => {
    const known = session;
    if (!known) given = undefined;
    const started = known ? ok(known) : await start(signal);
    if (started.kind !== 'ok') return started;
    session = undefined;
    const result = await poll(started.value, signal);
    if (result.kind === 'refused' && result.class === 'throttled') session = started.value;
    if (result.kind === 'refused' && result.class === 'invalid' && known) return undefined;
    if (result.kind !== 'ok') return storeRefusal(result, call);
    const { headers, body } = result;
    const token = headers['next-poll-configuration-token'] ?? '';
    if (token === '') return malformed(layer, 'the answer has no token for the next one');
    const seconds = Number(headers['next-poll-interval-in-seconds']);
    const pauseMs = (seconds > 0 ? Math.min(seconds, 86_400) : LEAST_POLL_SECONDS) * 1000;
    const next = { token, notBefore: clock.now() + pauseMs };
    if (body.length > 0) {
      const path = documentPath(profile, headers['content-type']) ?? plainPath(headers['content-type']);
      if (path === undefined) return malformed(layer, 'its Content-Type is neither JSON, YAML nor text');
      const version = labelOf(headers['version-label']);
      const object = version === undefined ? layer : `${layer}, version ${version}`;
      const file = { path, object, sha256: sha256Hex(body), bytes: body };
      given = { files: [file], ...(version !== undefined && { version }) };
    }
    if (!given) return retry(storeFault(layer, 'LF_SOURCE_EMPTY', 'what is deployed has no content', DEPLOY));
    session = next;
    return ok(given);
  };

  return async (_previous, signal) => {
    // Whoever asks before the service lets it gets what it gave; its own pace is no failure.
    if (session && given && clock.now() < session.notBefore) return ok(given);
    const first = await attempt(signal);
    return first ?? (await attempt(signal)) ?? malformed(layer, 'a session ends as it begins');
  };
}

/** A profile of plain text is one of properties. */
function plainPath(contentType: string | undefined): string | undefined {
  return /^text\/plain\b/i.test(contentType ?? '') ? 'document.properties' : undefined;
}

/** A label is text that people choose: it is shown where it is one plain word. */
function labelOf(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w.+-]{1,64}$/.test(text) ? text : undefined;
}

function malformed(layer: string, cause: string): Outcome<never> {
  return retry(storeFault(layer, 'LF_SOURCE_MALFORMED', cause, PORTAL));
}

const DEPLOY = 'Deploy a version that has some.';
const PORTAL =
  'Look at the profile, for a proxy between this instance and AppConfig, and at AWS_ENDPOINT_URL*.';
