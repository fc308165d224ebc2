import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { AwsCalls } from '../../aws/aws-calls.ts';
import type { Destination } from '../base/destination.ts';
import { RETRY, SLOW_RETRY, type AccountThrottle } from './account-throttle.ts';
import type { EventOrigin, Piece } from './batch.ts';
import type { LogGroupProvisioner } from './log-group-provisioner.ts';
import type { LogGroupSpec } from './log-group-spec.ts';
import { putVerdict, type Held, type PutVerdict, type Rejection, type Trouble } from './put-verdict.ts';

export interface SenderParts {
  readonly aws: AwsCalls;
  readonly pace: AccountThrottle;
  readonly keeper: LogGroupProvisioner;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ends everything under way; what is not acknowledged by then stays unacknowledged. */
  readonly signal: AbortSignal;
}

export interface SenderState {
  readonly calls: number;
  readonly retries: number;
  /** What holds the stream up; undefined while it moves. */
  readonly trouble: { readonly kind: Trouble; readonly code: string; readonly since: number } | undefined;
}

/** Then it is not the events: the key of the group may be disabled. The stream waits, and no more of them are given up. */
const MOST_REFUSED_IN_A_ROW = 100;

const SLOW: ReadonlySet<Trouble> = new Set(['denied', 'quota', 'refused']);

/** Sends the calls of one stream, each until AWS has taken all of it or has said which events it never will. */
export class StreamSender {
  wish: LogGroupSpec;
  readonly #parts: SenderParts;
  readonly #to: Destination;
  #calls = 0;
  #retries = 0;
  #attempt = 0;
  #refusedInARow = 0;
  #trouble: SenderState['trouble'];

  constructor(parts: SenderParts, to: Destination, wish: LogGroupSpec) {
    this.#parts = parts;
    this.#to = to;
    this.wish = wish;
  }

  get state(): SenderState {
    return { calls: this.#calls, retries: this.#retries, trouble: this.#trouble };
  }

  /** Resolves when every event has its place in its ledger. @throws the signal's reason, and nothing else. */
  async deliver(piece: Piece): Promise<void> {
    const verdict = await this.#send(piece);
    if (verdict.kind === 'taken') {
      this.#refusedInARow = 0;
      account(piece, verdict.rejections);
      return;
    }
    if (piece.length === 1) return await this.#refuse(piece, verdict.code);
    // AWS does not say which event it is: halves, one behind the other so that order is kept (case 53).
    const middle = piece.length >> 1;
    await this.deliver(piece.part(0, middle));
    await this.deliver(piece.part(middle));
  }

  /** @param piece one event. */
  async #refuse(piece: Piece, code: string): Promise<void> {
    while (this.#refusedInARow >= MOST_REFUSED_IN_A_ROW) {
      await this.#pause({ kind: 'held', trouble: 'refused', code, detail: 'one event after the other' });
      this.#retries += 1;
      const verdict = await this.#send(piece);
      if (verdict.kind === 'rejectedWhole') continue;
      this.#refusedInARow = 0;
      return account(piece, verdict.rejections);
    }
    this.#refusedInARow += 1;
    this.#quarantine(piece.origin(0), code);
  }

  /** Again and again, until AWS has judged the events themselves. */
  async #send(piece: Piece): Promise<Extract<PutVerdict, { kind: 'taken' | 'rejectedWhole' }>> {
    const { pace, keeper } = this.#parts;
    const { body } = piece;
    for (let streamMissing = false; ; this.#retries += 1) {
      await pace.wait(this.#parts.signal);
      const verdict = await this.#put(body, piece.length);
      if (verdict.kind === 'taken') this.#recover();
      if (verdict.kind === 'taken' || verdict.kind === 'rejectedWhole') {
        pace.onSuccess();
        keeper.tend(this.#to.group, this.wish);
        return verdict;
      }
      const held = verdict.kind === 'held' ? verdict : await this.#findHome();
      // Made a moment ago and still not known everywhere: wait like for any other trouble.
      if (held || streamMissing) await this.#pause(held ?? STILL_MISSING);
      streamMissing = verdict.kind === 'streamMissing';
    }
  }

  async #put(body: Buffer, events: number): Promise<PutVerdict> {
    const { aws, signal } = this.#parts;
    signal.throwIfAborted();
    this.#calls += 1;
    // Not compressed: it would take four times the processor of all the rest, for traffic that stays in the region.
    const options = { signal, repeatable: true };
    const result = await aws.json('logs', 'Logs_20140328.PutLogEvents', body, options);
    // An answer that came in spite of it counts; what was cut off does not, and is not trouble either.
    if (result.kind !== 'ok') signal.throwIfAborted();
    return putVerdict(result, events);
  }

  #findHome(): Promise<Held | undefined> {
    return this.#parts.keeper.ensure(this.#to.group, this.#to.stream, this.wish);
  }

  async #pause({ trouble, code, detail }: Held): Promise<void> {
    const { pace, clock, random, logger, signal } = this.#parts;
    signal.throwIfAborted();
    if (this.#trouble?.kind !== trouble || this.#trouble.code !== code) {
      this.#trouble = { kind: trouble, code, since: this.#trouble?.since ?? clock.now() };
      logger.warn('logs are held back', { ...this.#to, trouble, code, error: detail });
    }
    if (trouble === 'throttled') {
      // The wait is the account's, before the next call.
      pace.onThrottled();
      return;
    }
    await clock.sleep(backoffDelay(SLOW.has(trouble) ? SLOW_RETRY : RETRY, this.#attempt, random), signal);
    this.#attempt += 1;
  }

  #recover(): void {
    this.#attempt = 0;
    if (!this.#trouble) return;
    this.#trouble = undefined;
    this.#parts.logger.info('logs move again', { ...this.#to });
  }

  #quarantine({ account: { ledger }, at, end, readBytes }: EventOrigin, code: string): void {
    ledger.quarantined({ at, bytes: readBytes, end, code });
    this.#parts.logger.warn('one log event is refused and left out', {
      ...this.#to,
      at,
      bytes: readBytes,
      code,
    });
  }
}

const STILL_MISSING: Held = {
  kind: 'held',
  trouble: 'missing',
  code: 'ResourceNotFoundException',
  detail: 'the stream was created and is not there yet',
};

function account(piece: Piece, rejections: readonly Rejection[]): void {
  for (let index = 0; index < piece.length; index += 1) {
    const { account: of, readBytes } = piece.origin(index);
    const rejection = rejections.find(({ from, to }) => index >= from && index < to);
    if (rejection) of.ledger.rejected(rejection.cause, readBytes);
    else of.ledger.acknowledged(readBytes);
  }
}
