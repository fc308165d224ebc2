import { Api, type Answer } from './api.ts';
import type { Config, Failure, GenerationSummary, Identity, Layer, Readiness, Status } from './documents.ts';
import { EventFeed } from './event-feed.ts';
import { rowsOf } from './rows.ts';
import type { Sight } from './sight.ts';

const READY_MS = 3000;
const WAITING_MS = 1000;
const HIDDEN_MS = 30_000;

/** Asks the agent again and again, at once where an event says that something is new, and tells who draws. */
export class Board {
  readonly api = new Api();
  #sight: Sight = {
    lostAt: undefined,
    status: undefined,
    readiness: undefined,
    identity: undefined,
    layers: [],
    generations: [],
    rows: undefined,
    events: [],
    ahead: 0,
    access: 'none',
  };
  readonly #listeners = new Set<(sight: Sight) => void>();
  readonly #feed = new EventFeed(() => this.#happened());
  #config: { readonly etag: string; readonly document: Config } | undefined;
  /** What the details on the page were read for. */
  #detailed = '';
  #wake: (() => void) | undefined;
  #isWanted = false;
  /** Grows with each token that is taken up or put away. */
  #epoch = 0;
  #told = false;

  get sight(): Sight {
    return this.#sight;
  }

  subscribe(listener: (sight: Sight) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(): Promise<never> {
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#feed.pause();
      else if (this.#sight.status !== undefined) this.#feed.resume();
      this.look();
    });
    for (;;) {
      this.#isWanted = false;
      await this.#ask();
      if (!this.#isWanted) await this.#pause();
    }
  }

  /** Does not wait for the next turn; of one under way the answers may be those of before. */
  look(): void {
    this.#isWanted = true;
    this.#wake?.();
  }

  #pause(): Promise<void> {
    const ms = document.hidden ? HIDDEN_MS : this.#sight.status?.ready === true ? READY_MS : WAITING_MS;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Takes a token up, or puts it away. Resolves with why it may not write, if it may not. */
  async unlock(token: string | undefined): Promise<Failure | undefined> {
    this.api.token = token;
    let access: Sight['access'] = 'none';
    let failure: Failure | undefined;
    if (token !== undefined) {
      // There is no such override: who may write is told so, who may not is told that.
      const answer = await this.api.ask('/v1/overrides/landfall.dashboard.may-write', { method: 'DELETE' });
      const mayWrite = answer.kind === 'ok' || (answer.kind === 'problem' && answer.status === 404);
      access = mayWrite ? 'writes' : 'unknown';
      if (!mayWrite) failure = answer.kind === 'problem' ? answer.failure : NO_ANSWER;
    }
    this.#epoch += 1;
    this.#config = undefined;
    this.#detailed = '';
    this.#show({ access });
    this.look();
    return failure;
  }

  /** An order, and a look at what came of it. */
  async order(path: string, method: 'POST' | 'PUT' | 'DELETE', body?: unknown): Promise<Failure | undefined> {
    const answer = await this.api.ask(path, { method, body });
    this.#detailed = '';
    this.look();
    if (answer.kind === 'problem') return answer.failure;
    return answer.kind === 'unreachable' ? NO_ANSWER : undefined;
  }

  async #ask(): Promise<void> {
    const status = await this.api.ask<Status>('/v1/status');
    if (status.kind !== 'ok') {
      this.#show({ lostAt: this.#sight.lostAt ?? Date.now() });
      return;
    }
    const { startedAt, ready, generation, overrides } = status.value;
    if (startedAt !== this.#sight.status?.startedAt) this.#feed.open();
    const readiness = ready ? undefined : await this.api.ask<Readiness>('/readyz');
    this.#show({
      lostAt: undefined,
      status: status.value,
      readiness: valueOf(readiness),
      ahead: status.at === undefined ? 0 : status.at - Date.now(),
    });
    const now = JSON.stringify([startedAt, generation?.number, generation?.digest, overrides.length]);
    if (this.#detailed === now) return;
    this.#detailed = now;
    await this.#askDetails();
  }

  async #askDetails(): Promise<void> {
    const epoch = this.#epoch;
    const [identity, layers, generations, config] = await Promise.all([
      this.api.ask<Identity>('/v1/identity'),
      this.api.ask<{ readonly layers: readonly Layer[] }>('/v1/layers?keys=true'),
      this.api.ask<{ readonly generations: readonly GenerationSummary[] }>('/v1/generations'),
      this.api.ask<Config>('/v1/config', { etag: this.#config?.etag }),
    ]);
    // What one reader may see is no answer to another.
    if (epoch !== this.#epoch) return;
    if (config.kind === 'ok') this.#config = { etag: config.etag ?? '', document: config.value };
    const known = valueOf(layers)?.layers ?? this.#sight.layers;
    this.#show({
      identity: valueOf(identity) ?? this.#sight.identity,
      layers: known,
      generations: valueOf(generations)?.generations ?? this.#sight.generations,
      rows: this.#config && rowsOf(this.#config.document, known),
    });
  }

  /** Events of one moment are told once. */
  #happened(): void {
    if (this.#told) return;
    this.#told = true;
    setTimeout(() => {
      this.#told = false;
      this.#detailed = '';
      this.#show({ events: this.#feed.events });
      this.look();
    }, 50);
  }

  #show(news: Partial<Sight>): void {
    this.#sight = { ...this.#sight, ...news };
    for (const listener of this.#listeners) listener(this.#sight);
  }
}

export const NO_ANSWER: Failure = { code: 'no answer', message: 'the agent does not answer' };

function valueOf<T>(answer: Answer<T> | undefined): T | undefined {
  return answer?.kind === 'ok' ? answer.value : undefined;
}
