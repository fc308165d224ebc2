import {
  readSecretName,
  type ExternalValue,
  type KeptSecret,
  type LookUpExternal,
  type SecretsCache,
} from '#config-service';
import type { Clock, Random } from '#kit/clock.ts';
import { describeFault, type Fault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import { backoffDelay } from '#kit/retry.ts';
import { createSerial } from '#kit/serial.ts';
import type { AwsCalls } from '../aws/aws-calls.ts';
import type { Pin } from '../aws/pin.ts';
import type { SecretItem } from './reading.ts';
import { createSecretReader } from './secret-reader.ts';
import { keyOf, SecretStates, type SecretReport } from './secret-shelf.ts';

export interface SecretsOptions {
  readonly aws: AwsCalls;
  readonly pin: Pin;
  /** Where they outlive this process; undefined when nothing can be sealed here. */
  readonly cache: SecretsCache | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How long a changed secret may go unnoticed, in milliseconds. */
  readonly refreshMs: number;
  /** A secret in use is another one now: time to build a generation anew. */
  readonly onChange: () => void;
}

export type { SecretReport } from './secret-shelf.ts';

/** The secrets of this region that a configuration refers to. Costs nothing until one is asked for. */
export interface Secrets {
  /**
   * Gives what `attempt` makes once every secret it asks for was read, running it again each time that shows more names, or when one
   * became another meanwhile: no configuration holds half of the old and half of the new.
   * `retry` while a secret has never been read and its service does not answer: then nothing can be said of the
   * configuration, least of all that it is bad. Rejects only when `signal` aborts, or after `close`.
   */
  settle<T>(attempt: (external: LookUpExternal) => T | Promise<T>, signal: AbortSignal): Promise<Outcome<T>>;
  /** What was settled last is in force now: what only the one before it used is no longer in use. */
  accepted(): void;
  /** Reads all in use now, for who asks: whoever rotated one does not want to wait. Rejects only after `close`. */
  readAgain(): Promise<ReadAgain>;
  /** Reports on each secret in use. */
  report(): readonly SecretReport[];
  /** Epoch ms of the next reading; undefined while none is in use. */
  readonly nextReadAt: number | undefined;
  /** The last good text of each in use, to be taken out of what others write. */
  texts(): readonly string[];
  /** Stops refreshing; waits for what is being written to the disk. */
  close(): Promise<void>;
}

export interface ReadAgain {
  /** How many secrets are in use. */
  readonly inUse: number;
  /** Whether one is another now. */
  readonly changed: boolean;
  /** How many of them could not be read, and stay as they were. */
  readonly stale: number;
}

/** In one configuration. A call reads ten parameters, or one secret. */
const MAX_SECRETS = 200;

/** Each default may ask for one more secret: deeper than that nobody means it. */
const MAX_ROUNDS = 20;

/** While one is wanting it is asked for more often than it would be refreshed. */
const FIRST_AGAIN_MS = 5_000;

/** Of the time to the next refresh this part is random, so that a fleet that booted together does not ask together. */
const JITTER = 0.2;

export function createSecrets(options: SecretsOptions): Secrets {
  const { aws, pin, cache, clock, random, logger, refreshMs, onChange } = options;
  const read = createSecretReader(aws, pin);
  const shelf = new SecretStates(random);
  const kept = createKeptSecrets(cache, logger);
  const tell = createTroubleLog(logger);
  const closing = new AbortController();
  /** By the configuration in force, and by the one that was settled last, which may still be refused. */
  let inForce: ReadonlySet<string> = new Set();
  let used: ReadonlySet<string> = new Set();
  let refreshing: Promise<void> | undefined;
  let nextReadAt: number | undefined;
  /** Serializes readings: of two side by side the older answer could be taken in last. */
  const serial = createSerial();
  let waiting: Promise<ReadAgain> | undefined;

  return {
    settle: async (attempt, signal) => {
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        const asked = new Map<string, SecretItem>();
        const before = shelf.fingerprint();
        const result = await attempt((name) => lookUp(name, asked));
        if (shelf.fingerprint() !== before) continue;
        const unread = [...asked.values()].filter((item) => !shelf.has(item));
        if (unread.length === 0) {
          retain(new Set(asked.keys()));
          if (shelf.items.length > 0) refreshing ??= refresh().finally(() => (refreshing = undefined));
          return ok(result);
        }
        const wanting = await serial.run(() => fetch(unread, AbortSignal.any([signal, closing.signal])));
        if (wanting) return retry(wanting);
      }
      return fail(tooDeep());
    },
    accepted: () => {
      inForce = used;
      forgetOthers();
    },
    readAgain: () => (waiting ??= serial.run(readAllAgain)),
    report: () => shelf.report(),
    get nextReadAt() {
      return shelf.items.length > 0 ? nextReadAt : undefined;
    },
    texts: () => shelf.kept.map(({ text }) => text),
    close: async () => {
      closing.abort();
      await refreshing;
      await kept.settled();
    },
  };

  function lookUp(name: string, asked: Map<string, SecretItem>): ExternalValue {
    const wanted = readSecretName(name, pin.region);
    if (wanted.kind === 'unusable') return wanted;
    const { service, id, selector } = wanted;
    const key = keyOf(wanted);
    if (asked.size === MAX_SECRETS && !asked.has(key)) return TOO_MANY;
    asked.set(key, { service, id, selector });
    return shelf.lookUp(wanted) ?? UNREAD;
  }

  /** The first fault of an item that nothing can be said of. */
  async function fetch(items: readonly SecretItem[], signal: AbortSignal): Promise<Fault | undefined> {
    const remembered = await kept.recall();
    const covered = new Set<string>();
    let wanting: Fault | undefined;
    // Two names of one secret are asked for by the first; by the second only where that brought nothing for it.
    const first = onePerSecret(items);
    for (const batch of [first, items.filter((item) => !first.includes(item))]) {
      const unread = batch.filter((item) => !covered.has(keyOf(item)));
      if (unread.length === 0) continue;
      const readings = await read(unread, signal);
      signal.throwIfAborted();
      for (const item of unread) {
        const reading = readings.get(item);
        if (!reading) continue;
        const taken = shelf.take(item, reading, clock.now(), remembered.get(keyOf(item)));
        for (const key of taken.items) covered.add(key);
        if (!taken.isKnown && reading.kind === 'unavailable') wanting ??= reading.fault;
      }
    }
    tell(shelf.report());
    return wanting;
  }

  function onePerSecret(items: readonly SecretItem[]): readonly SecretItem[] {
    const seen = new Set<string>();
    return items.filter((item) => {
      const identity = shelf.identityOf(item) ?? keyOf(item);
      return !seen.has(identity) && seen.add(identity);
    });
  }

  async function readAllAgain(): Promise<ReadAgain> {
    // Whoever asks from here on wants a reading that starts later.
    waiting = undefined;
    const before = shelf.fingerprint();
    await fetch(shelf.items, closing.signal);
    // What went out of use meanwhile was read once more.
    forgetOthers();
    const reports = shelf.report();
    const stale = reports.filter(({ fault }) => fault !== undefined).length;
    return { inUse: reports.length, changed: shelf.fingerprint() !== before, stale };
  }

  /** What the configuration in force uses stays, too, however many after it are refused. */
  function retain(now: ReadonlySet<string>): void {
    if (now.size === used.size && [...now].every((key) => used.has(key))) return;
    used = now;
    forgetOthers();
  }

  function forgetOthers(): void {
    shelf.retain(new Set([...inForce, ...used]));
    kept.save(shelf.kept);
  }

  /** Until no secret is in use, or it is stopped. */
  async function refresh(): Promise<void> {
    for (let vain = 0; shelf.items.length > 0;) {
      const isWanting = shelf.report().some(({ fault }) => fault !== undefined);
      vain = isWanting ? vain + 1 : 0;
      try {
        const waitMs = isWanting ? soon(vain) : refreshMs * (1 - JITTER * random());
        nextReadAt = clock.now() + waitMs;
        await clock.sleep(waitMs, closing.signal);
        const { changed } = await serial.run(readAllAgain);
        if (changed) onChange();
      } catch (error) {
        if (closing.signal.aborted) return;
        throw error;
      }
    }
  }

  function soon(vain: number): number {
    const backoff = { baseMs: FIRST_AGAIN_MS, capMs: refreshMs };
    return Math.min(refreshMs, FIRST_AGAIN_MS + backoffDelay(backoff, vain, random));
  }
}

const UNREAD: ExternalValue = {
  kind: 'unusable',
  code: 'LF_SECRET_UNAVAILABLE',
  reason: 'it was not read yet',
};

const TOO_MANY: ExternalValue = {
  kind: 'unusable',
  code: 'LF_SECRET_INVALID',
  reason: `the configuration asks for more than ${MAX_SECRETS} secrets`,
};

function tooDeep(): Fault {
  return {
    code: 'LF_SECRET_INVALID',
    operation: 'read',
    subject: 'secrets',
    cause: `defaults ask for other secrets more than ${MAX_ROUNDS} times in a row`,
    hint: 'Give a plain default.',
  };
}

/** Says once when trouble with a secret begins, and once when it ends. */
function createTroubleLog(logger: Logger): (reports: readonly SecretReport[]) => void {
  const troubled = new Set<string>();
  return (reports) => {
    for (const report of reports) {
      const { state, fault } = report;
      const secret = keyOf(report);
      if (!fault) {
        if (troubled.delete(secret)) logger.info('a secret is read again', { secret });
      } else if (!troubled.has(secret)) {
        troubled.add(secret);
        const consequence = state === 'stale' ? ', the last one stays in use' : '';
        const { code } = fault;
        logger.warn(`a secret cannot be read${consequence}`, { secret, code, error: describeFault(fault) });
      }
    }
  };
}

/** What outlives this process. Without a cache nothing does. */
interface KeptSecrets {
  /** By `keyOf`, as an earlier life left them; read from the disk once, when first asked for. */
  recall(): Promise<ReadonlyMap<string, KeptSecret>>;
  /** In the order of the calls, without making anybody wait. */
  save(kept: readonly KeptSecret[]): void;
  /** When everything that was to be saved is. */
  settled(): Promise<void>;
}

function createKeptSecrets(cache: SecretsCache | undefined, logger: Logger): KeptSecrets {
  let remembered: Promise<ReadonlyMap<string, KeptSecret>> | undefined;
  const saves = createSerial();

  const load = async (): Promise<ReadonlyMap<string, KeptSecret>> => {
    const loaded = await cache?.load();
    if (loaded?.kind === 'ignored') {
      logger.warn('the secrets kept here are not used', { reason: loaded.reason });
    }
    const secrets = loaded?.kind === 'loaded' ? loaded.content : [];
    return new Map(secrets.map((secret) => [keyOf(secret), secret]));
  };

  const write = async (kept: readonly KeptSecret[]): Promise<void> => {
    const outcome = await (kept.length > 0 ? cache?.save(kept) : cache?.remove());
    if (outcome && outcome.kind !== 'ok') {
      logger.warn('secrets are not kept', { error: describeFault(outcome.fault) });
    }
  };

  return {
    recall: () => (remembered ??= load()),
    save: (kept) => void saves.run(() => write(kept)),
    settled: () => saves.idle(),
  };
}
