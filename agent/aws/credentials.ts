import type { Clock, Random } from '#kit/clock.ts';
import { describeFault, faultOf, LandfallError, type Fault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Epoch ms; absent for keys that do not expire. */
  readonly expiration?: number;
}

/** Asks whoever hands out credentials, once. */
export type LoadCredentials = () => Promise<Outcome<Credentials>>;

export interface CredentialSource {
  /** Never rejects; when `signal` aborts, the wait ends with `LF_CREDENTIALS` and the load goes on for the others. */
  get(signal?: AbortSignal): Promise<Outcome<Credentials>>;
  /** A service refused them: ask again at the next call, whatever their expiry says. */
  invalidate(): void;
  /** A service denied them something: perhaps their role was replaced. Ask again once they are a minute old. */
  doubt(): void;
}

const MINUTE_MS = 60_000;

// IMDS has the next credentials at least five minutes before the old ones end (EC2 User Guide, "Retrieve security
// credentials"). The second five minutes are jitter, so that a fleet born together does not ask together.
const REFRESH_AHEAD_MS = 5 * MINUTE_MS;
const REFRESH_JITTER_MS = 5 * MINUTE_MS;

/**
 * Credentials kept and renewed ahead of expiry, one load at a time. Statically stable: while renewal fails the last ones
 * are served, even beyond their expiry; AWS extends credentials the same way during an outage of its own
 * (AWS SDKs guide, "Static stability"), and a refused call says so better than we could.
 */
export function createCredentialSource(options: {
  load: LoadCredentials;
  clock: Clock;
  random: Random;
  logger: Logger;
}): CredentialSource {
  const { load, clock, random, logger } = options;
  let last: Credentials | undefined;
  let renewAt = 0;
  let askedAt = 0;
  let degraded = false;
  let flight: Promise<Outcome<Credentials>> | undefined;

  const renew = async (): Promise<Outcome<Credentials>> => {
    const outcome = await load().catch(broken);
    // Also the pace while renewal fails or gives the same again: at most one load a minute.
    askedAt = clock.now();
    renewAt = askedAt + MINUTE_MS;
    if (outcome.kind === 'ok') {
      last = outcome.value;
      const ahead = REFRESH_AHEAD_MS + random() * REFRESH_JITTER_MS;
      renewAt = Math.max(renewAt, (last.expiration ?? Infinity) - ahead);
      if (degraded) logger.info('credentials are renewed again');
      degraded = false;
      return outcome;
    }
    if (!last) return outcome;
    if (!degraded) {
      logger.warn('credentials cannot be renewed, the last ones stay in use', {
        code: outcome.fault.code,
        error: describeFault(outcome.fault),
      });
    }
    degraded = true;
    return ok(last);
  };

  return {
    get: (signal) => {
      if (last && clock.now() < renewAt) return Promise.resolve(ok(last));
      flight ??= renew().finally(() => (flight = undefined));
      return signal ? untilAborted(flight, signal) : flight;
    },
    invalidate: () => {
      renewAt = 0;
    },
    doubt: () => {
      renewAt = Math.min(renewAt, askedAt + MINUTE_MS);
    },
  };
}

/** `source` in the shape SDK clients ask for; a failure becomes a thrown `LandfallError`. */
export function sdkCredentials(source: CredentialSource) {
  return async () => {
    const outcome = await source.get();
    if (outcome.kind !== 'ok') throw new LandfallError(outcome.fault);
    const { expiration, ...keys } = outcome.value;
    return expiration === undefined ? keys : { ...keys, expiration: new Date(expiration) };
  };
}

export function credentialsFault(cause: string, hint: string): Fault {
  return { code: 'LF_CREDENTIALS', operation: 'get', subject: 'AWS credentials', cause, hint };
}

/** Loading does not throw, but for a metadata client that is being closed. */
function broken(error: unknown): Outcome<Credentials> {
  return retry(credentialsFault(faultOf(error, 'get', 'AWS credentials').cause, 'Try again.'));
}

function untilAborted(
  flight: Promise<Outcome<Credentials>>,
  signal: AbortSignal,
): Promise<Outcome<Credentials>> {
  const { promise, resolve } = Promise.withResolvers<Outcome<Credentials>>();
  const stop = () => resolve(retry(credentialsFault('the call was stopped', 'Try again.')));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return Promise.race([flight, promise]).finally(() => signal.removeEventListener('abort', stop));
}
