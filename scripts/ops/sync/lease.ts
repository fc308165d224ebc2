import type { Clock } from '#kit/clock.ts';
import { LandfallError } from '#kit/errors.ts';
import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';
import { valueOf } from '../console/options.ts';
import type { PublishStore, StoredObject } from '../site/publish-store.ts';

/** What lies in S3 while a run is under way. */
interface LeaseDocument {
  /** Of one machine's state folder: what it left when it was killed is its own to take up. */
  readonly holder: string;
  /** One higher with each holder: who has a lower one has lost it. */
  readonly token: number;
  /** Epoch ms by S3's clock; past for one that was given back. */
  readonly until: number;
}

/** The right to run, over all machines that name the same place. */
export interface Lease {
  /** Aborts when it is lost: another run may be at work from then on. */
  readonly lost: AbortSignal;
  /** Ends the renewals and gives it back; never throws, for it expires by itself. */
  release(): Promise<void>;
}

export interface LeaseParts {
  readonly store: PublishStore;
  readonly key: string;
  readonly holder: string;
  readonly clock: Clock;
}

/** How long a run that is cut off from S3 keeps others waiting. */
const TERM_MS = 90_000;
const RENEW_MS = 25_000;
/** Nobody acts on a lease whose end is this near: a call that is under way then has to have ended by it. */
const MARGIN_MS = 20_000;
const MEETINGS = 5;

/**
 * Takes the lease by a conditional write, so that of two runs one gets it. @throws LandfallError `LF_SYNC_LEASE` while another
 * holds it, and what reading and writing S3 fails with.
 */
export async function takeLease(parts: LeaseParts): Promise<Lease> {
  const { store, key, holder, clock } = parts;
  const now = (): number => clock.now() + (store.skewMs ?? 0);
  let token = 0;
  for (let meeting = 0; ; meeting += 1) {
    const there = valueOf(await store.get(key));
    const old = there && readLease(there);
    if (old && old.holder !== holder && old.until > now()) throw held(store, key, old, now());
    token = (old?.token ?? 0) + 1;
    const put = await write(parts, { holder, token, until: now() + TERM_MS }, there);
    if (put === 'written') break;
    if (meeting === MEETINGS) throw held(store, key, undefined, now());
  }
  return keep(parts, token, now);
}

function keep(parts: LeaseParts, token: number, now: () => number): Lease {
  const { store, key, holder, clock } = parts;
  const lost = new AbortController();
  const over = new AbortController();
  let until = now() + TERM_MS;
  const renew = async (): Promise<void> => {
    const there = await store.get(key);
    if (there.kind !== 'ok') return;
    const mine = there.value && readLease(there.value);
    const next = now() + TERM_MS;
    if (mine?.holder !== holder || mine.token !== token) return lost.abort();
    const put = await store.put(key, bytesOf({ holder, token, until: next }), {
      etag: there.value?.etag ?? '',
    });
    if (put.kind === 'ok' && put.value === 'written') until = next;
  };
  const renewals = (async () => {
    for (;;) {
      await clock.sleep(RENEW_MS, over.signal).catch(() => {});
      if (over.signal.aborted || lost.signal.aborted) return;
      await renew().catch(() => {});
      if (now() > until - MARGIN_MS) lost.abort();
    }
  })();
  return {
    lost: lost.signal,
    release: async () => {
      over.abort();
      await renewals;
      if (lost.signal.aborted) return;
      const there = await store.get(key);
      if (there.kind !== 'ok' || !there.value || readLease(there.value)?.token !== token) return;
      await store.put(key, bytesOf({ holder, token, until: 0 }), { etag: there.value.etag });
    },
  };
}

/** What became of the run when it no longer had the lease. */
export function leaseLost(address: string): LandfallError {
  return new LandfallError({
    code: 'LF_SYNC_LEASE',
    operation: 'keep',
    subject: address,
    cause: 'the lease could not be renewed in time, or another run took it: this one stopped',
    hint: 'Run it again: it goes on where it stopped.',
  });
}

async function write(
  { store, key }: LeaseParts,
  document: LeaseDocument,
  over: StoredObject | undefined,
): Promise<'written' | 'refused'> {
  return valueOf(await store.put(key, bytesOf(document), over ? { etag: over.etag } : { absent: true }));
}

function bytesOf(document: LeaseDocument): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(document)}\n`);
}

/** @throws LandfallError `LF_SYNC_LEASE`: what lies there is somebody's, and not ours to write over. */
function readLease({ bytes }: StoredObject): LeaseDocument {
  const document = jsonOf(new TextDecoder().decode(bytes));
  if (isRecord(document)) {
    const { holder, token, until } = document;
    if (typeof holder === 'string' && typeof token === 'number' && typeof until === 'number')
      return { holder, token, until };
  }
  throw new LandfallError({
    code: 'LF_SYNC_LEASE',
    operation: 'read',
    subject: 'the lease',
    cause: 'the object is no lease of this command',
    hint: 'Name another place with --lease.',
  });
}

function held(
  store: PublishStore,
  key: string,
  lease: LeaseDocument | undefined,
  now: number,
): LandfallError {
  const left = lease === undefined ? '' : `, for at most ${Math.ceil((lease.until - now) / 1000)} s more`;
  return new LandfallError({
    code: 'LF_SYNC_LEASE',
    operation: 'take',
    subject: `${store.address}/${key}`,
    cause: `another run holds it${left}`,
    hint: 'Wait for that run to end; when it was killed, for the time to pass.',
  });
}
