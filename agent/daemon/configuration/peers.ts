import type { Facts, ListedObject, Peer, SealedRecords } from '#config-service';
import { atMost } from '#kit/at-most.ts';
import type { Fault } from '#kit/errors.ts';
import { isoTime } from '#kit/iso-time.ts';
import { isRecord } from '#kit/is-record.ts';
import type { Closable } from '#kit/lifecycle.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';
import { createSerial } from '#kit/serial.ts';
import { GonePeers, type GonePeer } from '../../membership/gone-peers.ts';
import { groupPrefix, memberKey, type Group } from '../../membership/member.ts';
import { BEAT_MS, createOnline, createRoster, type Roster } from '../../membership/roster.ts';
import type { PeersSection } from '../../plan/plan.ts';
import { faultFields } from '../runtime/fault-fields.ts';
import type { Host } from '../runtime/host.ts';
import { phaseOf } from '../runtime/schedule.ts';
import { bootBackoff, Poller } from './poller.ts';
import type { OpenedSource } from './scope.ts';

export interface PeersParts {
  readonly host: Pick<Host, 'clock' | 'random' | 'logger'>;
  readonly instanceId: string;
  readonly region: string;
  /** Undefined where nothing can be kept. */
  readonly records: SealedRecords | undefined;
  /** Another list than the one that was given out last. */
  readonly onChange: () => void;
}

/** For whom a list is asked, and where it lies. */
export interface PeersPlace {
  readonly section: PeersSection;
  readonly facts: Facts;
  readonly opened: OpenedSource;
}

/** Who else is online, by what members write below the source, and this instance among them (docs/peers.md). */
export interface Peers extends Closable {
  /** Waits for the first reading; from then on what was read last. A retry: there was never anything to go by. */
  of(place: PeersPlace): Promise<Outcome<readonly Peer[]>>;
  /** With each check: tells others that this instance is online; undefined: that it is not, or no longer. */
  announce(place: PeersPlace | undefined): void;
  /** It goes, and is told so first. Resolves when that was written, or has taken too long. */
  leave(): Promise<void>;
  /** It goes on after all. */
  stay(): void;
  /** `peers` of the status; null where no plan asks for peers. */
  document(): PeersDocument | null;
  /** How many are online; undefined while nobody asks, or knows. */
  readonly online: number | undefined;
}

/** `peers` of the status. */
export interface PeersDocument {
  readonly role: string | null;
  readonly environment: string | null;
  readonly state: string;
  readonly online: number | null;
  /** Who is online, by id: the first 100. */
  readonly members: readonly Pick<Peer, 'id' | 'zone' | 'address'>[];
  /** Who went since the agent started and has not come back, the latest first: 20 at most. */
  readonly gone: readonly (Omit<GonePeer, 'at'> & { readonly at: string })[];
  readonly readAt: string | null;
  readonly failure: { readonly code: string; readonly message: string; readonly hint: string } | null;
  /** Others are told that this instance is online. */
  readonly announced: boolean;
}

/** Far longer than S3 takes; the hooks that follow have their own time. */
const LEAVE_MS = 2000;
const WRITE_MS = 10_000;
/** As many as anybody reads. */
const SHOWN = 100;
/** S3 lists so many keys a page. */
const PAGE_KEYS = 1000;

export function createPeers(parts: PeersParts): Peers {
  let follower: Follower | undefined;
  const presence = createPresence(parts);
  return {
    name: 'peers',
    async of(place) {
      const query = queryOf(place);
      if (follower?.query !== query) {
        await follower?.close();
        follower = await createFollower(parts, place, query);
      }
      return follower.peers();
    },
    announce: (place) => presence.announce(place),
    leave: () => presence.leave(),
    stay: () => presence.stay(),
    document: () => (follower ? { ...follower.document(), announced: presence.isTold() } : null),
    get online() {
      return follower?.online();
    },
    close: async () => {
      await follower?.close();
      await presence.close();
    },
  };
}

/** Who is online by one listing: for what stands beside the daemon, without waiting and without keeping. */
export async function readPeersOnce(
  { instanceId, region }: Pick<PeersParts, 'instanceId' | 'region'>,
  place: PeersPlace,
  signal: AbortSignal,
): Promise<Outcome<readonly Peer[]>> {
  const prefix = groupPrefix(groupOf(place));
  const listed = await listingOf(place.opened, prefix, signal);
  if (listed.kind !== 'ok') return listed;
  return ok(createOnline({ prefix, region, self: instanceId, where: place.section.where })(listed.value));
}

interface Follower extends Pick<Closable, 'close'> {
  readonly query: string;
  peers(): Promise<Outcome<readonly Peer[]>>;
  online(): number | undefined;
  document(): Omit<PeersDocument, 'announced'>;
}

async function createFollower(
  { host, instanceId, region, records, onChange }: PeersParts,
  place: PeersPlace,
  query: string,
): Promise<Follower> {
  const { clock, random, logger } = host;
  const { section, opened } = place;
  const group = groupOf(place);
  const prefix = groupPrefix(group);
  const onlineOf = createOnline({ prefix, region, self: instanceId, where: section.where });
  const roster: Roster = createRoster(await keptOf(records, query));
  const gone = new GonePeers({ prefix, region });
  const tried = Promise.withResolvers<void>();
  let given: readonly Peer[] | undefined;
  let fault: Fault | undefined;
  let readAt: number | undefined;
  let pauses = 0;

  const take = async (objects: readonly ListedObject[]): Promise<Outcome<void>> => {
    // One page a turn: a large fleet reads more rarely, and asks S3 for no more than its size.
    pauses = Math.max(0, Math.ceil(objects.length / PAGE_KEYS) - 1);
    if (objects.length === 0 && (roster.peers?.length ?? 0) > 0) return retry(blankFault(prefix));
    readAt = clock.now();
    const before = roster.peers ?? [];
    if (roster.take(onlineOf(objects))) {
      gone.note(before, roster.peers ?? [], objects, readAt);
      const bytes = Buffer.from(JSON.stringify({ query, peers: roster.peers }));
      const saved = await records?.save('list', bytes);
      if (saved && saved.kind !== 'ok')
        logger.warn('the list of peers could not be kept', faultFields(saved.fault));
    }
    // Also what a check has not taken up that failed.
    if (given !== undefined && roster.peers !== given) onChange();
    return ok(undefined);
  };
  const note = (outcome: Outcome<void>): void => {
    const isNews = outcome.kind !== 'ok' && outcome.fault.code !== fault?.code;
    fault = outcome.kind === 'ok' ? undefined : outcome.fault;
    if (isNews && fault) logger.warn('the list of peers cannot be read', faultFields(fault));
  };
  const everyMs = section.everyMs;
  const poller = new Poller<void>({
    clock,
    random,
    intervalMs: everyMs,
    phaseMs: phaseOf(instanceId, everyMs),
    hurry: () => (roster.peers ? undefined : bootBackoff(everyMs)),
    tick: async (signal) => {
      try {
        if (pauses > 0) {
          pauses -= 1;
          return ok(undefined);
        }
        const listed = await listingOf(opened, prefix, signal);
        const outcome = listed.kind === 'ok' ? await take(listed.value) : retry(listed.fault);
        if (!signal.aborted) note(outcome);
        return outcome;
      } finally {
        tried.resolve();
      }
    },
  });
  poller.start(0);
  return {
    query,
    peers: async () => {
      await tried.promise;
      given = roster.peers;
      return given ? ok(given) : retry(fault ?? blankFault(prefix));
    },
    online: () => roster.peers?.length,
    document: () => ({
      role: group.role ?? null,
      environment: group.environment ?? null,
      state: roster.peers === undefined ? 'waiting' : fault ? 'stale' : 'fresh',
      online: roster.peers?.length ?? null,
      members: (roster.peers ?? []).slice(0, SHOWN).map(({ id, zone, address }) => ({ id, zone, address })),
      gone: gone.list.map((peer) => ({ ...peer, at: isoTime(peer.at) })),
      readAt: readAt === undefined ? null : isoTime(readAt),
      failure: fault ? { code: fault.code, message: fault.cause, hint: fault.hint } : null,
    }),
    close: async () => {
      await poller.close();
      tried.resolve();
    },
  };
}

interface Presence extends Pick<Closable, 'close'> {
  announce(place: PeersPlace | undefined): void;
  leave(): Promise<void>;
  stay(): void;
  isTold(): boolean;
}

/** One object of this instance: written when it is ready, again as long as it is, emptied when it is not. */
function createPresence({ host }: PeersParts): Presence {
  const { clock, random, logger } = host;
  const turns = createSerial();
  let told: { readonly key: string; readonly opened: OpenedSource; readonly againAt: number } | undefined;
  let isLeaving = false;
  let isWarned = false;
  let isCut = false;

  const put = async ({ write }: OpenedSource, key: string, text: string): Promise<boolean> => {
    const written = await write?.(key, Buffer.from(text), AbortSignal.timeout(WRITE_MS));
    if (written === undefined || written.kind === 'ok') return true;
    if (!isWarned) logger.warn('peers cannot be told of this instance', faultFields(written.fault));
    isWarned = true;
    return false;
  };
  const withdraw = async (): Promise<void> => {
    if (told && (await put(told.opened, told.key, ''))) told = undefined;
  };
  const say = async (place: PeersPlace): Promise<void> => {
    const peer = selfOf(place);
    if (peer === undefined) return;
    const own = { environment: place.facts.environment, role: place.facts.role };
    const whole = memberKey(own, peer);
    const key = whole ?? memberKey(own, { ...peer, tags: {} });
    if (key === undefined) return;
    if (whole === undefined && !isCut)
      logger.warn('the tags that peers are to be told have more than 512 bytes; none is told');
    isCut = whole === undefined;
    const isSame = told?.key === key && told.opened.address === place.opened.address;
    if (told && isSame && clock.monotonic() < told.againAt) return;
    if (!(await put(place.opened, key, `${JSON.stringify(peer)}\n`))) return;
    if (!isSame) await withdraw();
    // A fleet that was started at once does not beat at once for ever.
    told = { key, opened: place.opened, againAt: clock.monotonic() + BEAT_MS * (0.8 + 0.2 * random()) };
    isWarned = false;
  };
  return {
    announce(place) {
      void turns.run(() => (place === undefined || isLeaving ? withdraw() : say(place)));
    },
    async leave() {
      isLeaving = true;
      await atMost(clock, LEAVE_MS, turns.run(withdraw));
    },
    stay: () => void (isLeaving = false),
    isTold: () => told !== undefined,
    close: () => atMost(clock, LEAVE_MS, turns.idle()),
  };
}

/** Undefined without an address: nobody could reach it. */
function selfOf({ section, facts }: PeersPlace): Peer | undefined {
  const { instanceId: id, zone, privateIp: address } = facts;
  if (address === undefined) return undefined;
  const tags = section.tags.flatMap((name) => {
    const value = facts.tags.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { id, zone, address, tags: Object.fromEntries(tags) };
}

function groupOf({ section, facts }: PeersPlace): Group {
  return {
    role: section.role ?? facts.role,
    environment: section.environment ?? facts.environment,
  };
}

function queryOf(place: PeersPlace): string {
  const { section, opened } = place;
  return JSON.stringify([opened.address, groupOf(place), section.where, section.everyMs]);
}

/** A folder is for one machine: there nobody else is online. */
async function listingOf(
  { list }: OpenedSource,
  prefix: string,
  signal: AbortSignal,
): Promise<Outcome<readonly ListedObject[]>> {
  return list ? list(prefix, signal) : ok([]);
}

/** What an earlier life of this instance went by, for the same question. */
async function keptOf(
  records: SealedRecords | undefined,
  query: string,
): Promise<readonly Peer[] | undefined> {
  const loaded = await records?.load('list');
  if (loaded?.kind !== 'loaded') return undefined;
  try {
    const kept: unknown = JSON.parse(Buffer.from(loaded.plaintext).toString('utf8'));
    const isOurs = isRecord(kept) && kept['query'] === query && Array.isArray(kept['peers']);
    return isOurs ? (kept['peers'] as readonly Peer[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Objects that were emptied stay: where there are none at all, somebody has deleted them. */
function blankFault(prefix: string): Fault {
  return {
    code: 'LF_PEERS_BLANK',
    operation: 'read',
    subject: prefix,
    cause: 'nobody is in the list any more, though nobody has left',
    hint: 'See who has deleted the objects; each instance writes its own again within five minutes. The peers of before stay in use.',
  };
}
