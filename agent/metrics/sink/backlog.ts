import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { SealedRecords } from '#config-service';
import type { QueuedDatum } from '../base/datum.ts';
import { MAX_BYTES, MAX_DATA } from './request-pack.ts';

/** The folder of the queue: sealed records of this instance (config-service/store), `metrics.<number>.sealed`. */
export type Spool = SealedRecords;

/** What may wait. Whatever comes first: the oldest records make room. */
export interface BacklogLimits {
  /** Of up to 1,000 data each: two weeks of fifty series a minute, after which CloudWatch takes them no more. */
  readonly records: number;
  /** Packed size of all records; one of ordinary data has 16 KB. */
  readonly bytes: number;
}

const LIMITS: BacklogLimits = { records: 1_024, bytes: 32 * 1024 * 1024 };

interface Stored {
  /** How many data; undefined: of an earlier run and not opened yet. */
  readonly data: number | undefined;
  readonly bytes: number;
}

/** No record we wrote is larger, once unpacked. */
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;

const pack = promisify(gzip);
const unpack = promisify(gunzip);

export interface Kept {
  /** Data of old records that made room. */
  readonly dropped: number;
  /** Those among them that an earlier run had kept. */
  readonly recovered: number;
  /** What the disk refused. */
  readonly unkept: readonly QueuedDatum[];
}

export interface SpoolRecord {
  readonly number: number;
  /** Undefined when it cannot be used any more. */
  readonly data: readonly QueuedDatum[] | undefined;
  /** True when an earlier run wrote it, and this one opened it for the first time. */
  readonly isRecovered: boolean;
}

/**
 * What could not be sent, oldest first, in records of up to one request. The youngest record is written anew, larger, each
 * time something is added, so a `kill -9` loses nothing that was kept.
 */
export class Backlog {
  readonly #spool: Spool;
  readonly #limits: BacklogLimits;
  /** By number. */
  readonly #records = new Map<number, Stored>();
  #tail: { readonly number: number; data: readonly QueuedDatum[]; bytes: number } | undefined;
  #next = 0;

  private constructor(spool: Spool, limits: BacklogLimits) {
    this.#spool = spool;
    this.#limits = limits;
  }

  static async open(spool: Spool, limits: BacklogLimits = LIMITS): Promise<Backlog> {
    const backlog = new Backlog(spool, limits);
    // Their sizes are not known before they are opened: an equal share is a guess that cannot evict what was kept.
    const bytes = Math.floor(limits.bytes / limits.records);
    const names = await spool.names();
    for (const name of names.kind === 'ok' ? names.value : []) {
      const number = Number(name);
      if (!Number.isSafeInteger(number)) continue;
      backlog.#records.set(number, { data: undefined, bytes });
      backlog.#next = Math.max(backlog.#next, number + 1);
    }
    return backlog;
  }

  get records(): number {
    return this.#records.size;
  }

  /** Number of data points in the records that this run opened or wrote. */
  get data(): number {
    return [...this.#records.values()].reduce((sum, { data = 0 }) => sum + data, 0);
  }

  async keep(data: readonly QueuedDatum[]): Promise<Kept> {
    const gone = { dropped: 0, recovered: 0 };
    for (let from = 0; from < data.length;) {
      const tail = (this.#tail ??= { number: this.#next++, data: [], bytes: 0 });
      const room = roomIn(tail, data, from);
      if (room === 0) {
        this.#tail = undefined;
        continue;
      }
      const more = data.slice(from, from + room);
      const all = [...tail.data, ...more];
      const saved = await this.#save(tail.number, all);
      if (!saved) return { ...gone, unkept: data.slice(from) };
      tail.data = all;
      tail.bytes += more.reduce((sum, { bytes }) => sum + bytes, 0);
      from += room;
      for (const { data: old = [], isRecovered } of await this.#evict()) {
        gone.dropped += old.length;
        if (isRecovered) gone.recovered += old.length;
      }
    }
    return { ...gone, unkept: [] };
  }

  async oldest(): Promise<SpoolRecord | undefined> {
    return this.#open(Math.min(...this.#records.keys()));
  }

  async youngest(): Promise<SpoolRecord | undefined> {
    return this.#open(Math.max(...this.#records.keys()));
  }

  async #open(number: number): Promise<SpoolRecord | undefined> {
    const known = this.#records.get(number);
    if (!known) return undefined;
    const loaded = await this.#spool.load(nameOf(number));
    const data = loaded.kind === 'loaded' ? await unpacked(loaded.plaintext) : undefined;
    const isRecovered = known.data === undefined;
    this.#records.set(number, { ...known, data: data?.length ?? 0 });
    return { number, data, isRecovered };
  }

  /** What is left of a record after a part of it was sent. */
  async replace(number: number, data: readonly QueuedDatum[]): Promise<void> {
    this.#leaveTail(number);
    await this.#save(number, data);
  }

  async remove(number: number): Promise<void> {
    this.#leaveTail(number);
    this.#records.delete(number);
    await this.#spool.remove(nameOf(number));
  }

  async #evict(): Promise<readonly SpoolRecord[]> {
    const evicted: SpoolRecord[] = [];
    while (this.#isFull()) {
      const oldest = await this.oldest();
      if (!oldest) break;
      evicted.push(oldest);
      await this.remove(oldest.number);
    }
    return evicted;
  }

  async #save(number: number, data: readonly QueuedDatum[]): Promise<boolean> {
    const packed = await pack(JSON.stringify(data));
    const saved = await this.#spool.save(nameOf(number), packed);
    if (saved.kind === 'ok') this.#records.set(number, { data: data.length, bytes: packed.length });
    return saved.kind === 'ok';
  }

  /** The youngest record stays, however large. */
  #isFull(): boolean {
    const bytes = [...this.#records.values()].reduce((sum, record) => sum + record.bytes, 0);
    const { size } = this.#records;
    return size > 1 && (size > this.#limits.records || bytes > this.#limits.bytes);
  }

  /** It may be the one that grows: from here on another one does. */
  #leaveTail(number: number): void {
    if (this.#tail?.number === number) this.#tail = undefined;
  }
}

function roomIn(
  tail: { readonly data: readonly QueuedDatum[]; readonly bytes: number },
  data: readonly QueuedDatum[],
  from: number,
): number {
  let { bytes } = tail;
  let count = 0;
  for (const datum of data.slice(from, from + MAX_DATA - tail.data.length)) {
    bytes += datum.bytes;
    if (bytes > MAX_BYTES && (count > 0 || tail.data.length > 0)) break;
    count += 1;
  }
  return count;
}

/** Names sort as their numbers do. */
function nameOf(number: number): string {
  return String(number).padStart(12, '0');
}

async function unpacked(bytes: Uint8Array): Promise<readonly QueuedDatum[] | undefined> {
  try {
    const text = (await unpack(bytes, { maxOutputLength: MAX_UNPACKED_BYTES })).toString('utf8');
    const data: unknown = JSON.parse(text);
    return Array.isArray(data) ? (data as readonly QueuedDatum[]) : undefined;
  } catch {
    return undefined;
  }
}
