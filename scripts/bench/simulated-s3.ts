import type { ObjectStore } from '../../config-service/sources/object-store.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';
import type { Random } from '#kit/clock.ts';
import { RequestCounts } from './request-counts.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** What an answer with content takes; one without is there at once. */
const CONTENT_MS = 40;
/** What a request gets that is not answered: the limit of `agent/aws`. */
const UNANSWERED_MS = 10_000;

const AWAY = retry({
  code: 'LF_SOURCE_UNREACHABLE',
  operation: 'read',
  subject: 's3://fleet',
  cause: 'an outage',
  hint: '',
});

/** One bucket that a fleet asks, without sockets: what is there, whether it answers, and each request by second and prefix. */
export class SimulatedS3 {
  /** In an outage half of all requests are refused at once, and half are never answered. */
  isAway = false;
  readonly all: RequestCounts;
  /** GETs, by the folder of the key. */
  readonly gets = new Map<string, RequestCounts>();
  readonly puts: RequestCounts;
  readonly store: ObjectStore;
  readonly #objects = new Map<string, { readonly bytes: Buffer; readonly etag: string }>();
  readonly #startMs: number;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  #written = 0;

  constructor(startMs: number, time: SimulatedTime, random: Random) {
    this.#startMs = startMs;
    this.#time = time;
    this.#random = random;
    this.all = new RequestCounts(startMs);
    this.puts = new RequestCounts(startMs);
    this.store = {
      address: 's3://fleet',
      get: async (key, { ifNoneMatch }) => {
        this.#note(this.#prefixOf(key));
        if (this.isAway) return this.#fail();
        const object = this.#objects.get(key);
        if (object && object.etag === ifNoneMatch) return ok({ kind: 'unchanged' });
        await time.sleep(CONTENT_MS);
        return ok(object ? { kind: 'found', ...object } : { kind: 'absent' });
      },
      list: () => Promise.reject(new Error('a release is not listed')),
    };
  }

  put(key: string, text: string): void {
    this.#written += 1;
    this.#objects.set(key, { bytes: Buffer.from(text), etag: `"${this.#written}"` });
  }

  /** The report of an instance: counted, and not kept. */
  async report(): Promise<Outcome<void>> {
    this.#note(this.puts);
    return this.isAway ? this.#fail() : ok(undefined);
  }

  /** All that is counted. */
  get counts(): readonly RequestCounts[] {
    return [this.all, this.puts, ...this.gets.values()];
  }

  #prefixOf(key: string): RequestCounts {
    const prefix = key.slice(0, key.lastIndexOf('/') + 1);
    const known = this.gets.get(prefix);
    if (known) return known;
    const counts = new RequestCounts(this.#startMs);
    this.gets.set(prefix, counts);
    return counts;
  }

  #note(counts: RequestCounts): void {
    counts.note(this.#time.now());
    this.all.note(this.#time.now());
  }

  async #fail(): Promise<Outcome<never>> {
    if (this.#random() < 0.5) await this.#time.sleep(UNANSWERED_MS);
    return AWAY;
  }
}
