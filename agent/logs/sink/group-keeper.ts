import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { AwsCalls, CallResult } from '../../aws/aws-calls.ts';
import { RETRY } from './account-pace.ts';
import type { GroupWish } from './group-wish.ts';
import { heldVerdict, type Held } from './put-verdict.ts';

export interface GroupKeeperParts {
  readonly aws: AwsCalls;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A fleet that boots at once creates its streams over this time: CreateLogStream is good for 50 calls a second (case 51). */
const CREATION_JITTER_MS = 1_000;

/** Retention of a group that is there already waits a while: boot has other calls to make. */
const TENDING_JITTER_MS = 5_000;

/** Then it is given up until the next start: nothing depends on it. */
const TENDING_ATTEMPTS = 8;

/** Brings groups and streams into being, and groups into the form the plan asks for. */
export class GroupKeeper {
  readonly #parts: GroupKeeperParts;
  readonly #creations = new Map<string, Promise<Held | undefined>>();
  readonly #tended = new Map<string, number>();

  constructor(parts: GroupKeeperParts) {
    this.#parts = parts;
  }

  /** Undefined when the stream is there now, whoever made it. One creation of a stream runs at a time. */
  ensure(group: string, stream: string, wish: GroupWish): Promise<Held | undefined> {
    const key = `${group}\n${stream}`;
    const running = this.#creations.get(key);
    if (running) return running;
    const creation = this.#create(group, stream, wish).finally(() => this.#creations.delete(key));
    this.#creations.set(key, creation);
    return creation;
  }

  /** Sees to the retention of a group, once for each value and in its own time. Shipping does not wait for it (case 52). */
  tend(group: string, { retentionDays }: GroupWish): void {
    if (retentionDays === undefined || this.#tended.get(group) === retentionDays) return;
    this.#tended.set(group, retentionDays);
    const { clock, random, signal } = this.#parts;
    void clock
      .sleep(random() * TENDING_JITTER_MS, signal)
      .then(() => this.#retain(group, retentionDays))
      // The only thing that is thrown is the end of the agent.
      .catch(() => {});
  }

  async #create(group: string, stream: string, wish: GroupWish): Promise<Held | undefined> {
    const { clock, random, signal } = this.#parts;
    await clock.sleep(random() * CREATION_JITTER_MS, signal);
    const first = await this.#createStream(group, stream);
    if (first.kind !== 'refused' || first.class !== 'missing') return notDone(first);
    const refused = notDone(await this.#createGroup(group, wish));
    return refused ?? notDone(await this.#createStream(group, stream));
  }

  #createStream(logGroupName: string, logStreamName: string): Promise<CallResult> {
    return this.#call('CreateLogStream', { logGroupName, logStreamName });
  }

  async #createGroup(
    group: string,
    { kmsKey, tags, class: logGroupClass, retentionDays }: GroupWish,
  ): Promise<CallResult> {
    const created = await this.#call('CreateLogGroup', {
      logGroupName: group,
      ...(kmsKey === undefined ? {} : { kmsKeyId: kmsKey }),
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
      ...(logGroupClass === undefined ? {} : { logGroupClass }),
    });
    if (created.kind === 'ok' && retentionDays !== undefined) {
      this.#tended.set(group, retentionDays);
      void this.#retain(group, retentionDays).catch(() => {});
    }
    return created;
  }

  async #retain(group: string, days: number): Promise<void> {
    const { clock, random, logger, signal } = this.#parts;
    for (let attempt = 0; attempt < TENDING_ATTEMPTS; attempt += 1) {
      const result = await this.#call('PutRetentionPolicy', { logGroupName: group, retentionInDays: days });
      if (result.kind === 'ok') return;
      const { trouble, code, detail } = heldVerdict(result);
      if (trouble === 'denied' || trouble === 'refused') {
        logger.warn('the retention of a log group cannot be set; its logs are shipped all the same', {
          group,
          days,
          code,
          error: detail,
        });
        return;
      }
      await clock.sleep(backoffDelay(RETRY, attempt + 3, random), signal);
    }
    this.#tended.delete(group);
  }

  #call(action: string, body: object): Promise<CallResult> {
    // Twice does no harm: what is there already is said to exist.
    return this.#parts.aws.json('logs', `Logs_20140328.${action}`, body, {
      signal: this.#parts.signal,
      repeatable: true,
    });
  }
}

function notDone(result: CallResult): Held | undefined {
  if (result.kind === 'ok') return undefined;
  if (result.kind === 'refused' && result.class === 'exists') return undefined;
  return heldVerdict(result);
}
