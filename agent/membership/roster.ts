import type { ListedObject, Peer } from '#config-service';
import { hasLeft, parseMember } from './member.ts';

/** How often a member says that it is still there. */
export const BEAT_MS = 300_000;
/** Three beats: one that S3 did not take is no reason to take an instance away. */
export const STALE_MS = 3 * BEAT_MS;
/** So many readings in a row that differ are not waited for any longer. */
const MAX_RESTLESS = 4;

/** Whom to leave out of a listing. */
export interface Selection {
  readonly prefix: string;
  readonly region: string;
  /** Nobody is a peer of its own. */
  readonly self: string;
  /** Tags that a peer must have. */
  readonly where: Readonly<Record<string, string>>;
}

/** Who is online by one listing, by id. */
export type Online = (objects: readonly ListedObject[]) => readonly Peer[];

/**
 * Ages are measured against the youngest object there, by the clock of S3: no clock of an instance counts, and while nobody can
 * write, nobody grows old (law 6).
 */
export function createOnline({ prefix, region, self, where }: Selection): Online {
  let known = new Map<string, Peer | undefined>();
  let online: readonly Peer[] = [];
  const memberOf = (key: string): Peer | undefined =>
    known.has(key) ? known.get(key) : parseMember(key.slice(prefix.length), region);
  return (objects) => {
    const youngest = objects.reduce((latest, { lastModified = 0 }) => Math.max(latest, lastModified), 0);
    const last = new Map<string, { readonly peer: Peer; readonly object: ListedObject }>();
    const seen = new Map<string, Peer | undefined>();
    for (const object of objects) {
      const peer = memberOf(object.key);
      seen.set(object.key, peer);
      if (peer === undefined || peer.id === self) continue;
      const other = last.get(peer.id)?.object;
      // With other tags than before it has another name: its last word holds.
      const isLater = other === undefined || isAfter(object, other);
      if (isLater) last.set(peer.id, { peer, object });
    }
    known = seen;
    const found = [...last.values()]
      .filter(({ object }) => !hasLeft(object) && youngest - (object.lastModified ?? 0) < STALE_MS)
      .map(({ peer }) => peer)
      .filter(({ tags }) => Object.entries(where).every(([name, value]) => tags[name] === value))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    // The very list of before where nothing changed: most readings change nothing, and then cost nothing more.
    if (!isSameList(found, online)) online = found;
    return online;
  };
}

/** Orders objects by age. Of two in one second the one that is online counts: its instance has come back. */
function isAfter(a: ListedObject, b: ListedObject): boolean {
  const [at = 0, other = 0] = [a.lastModified, b.lastModified];
  return at === other ? !hasLeft(a) : at > other;
}

/** From readings to what is in effect. */
export interface Roster {
  /** Undefined until there is something. */
  readonly peers: readonly Peer[] | undefined;
  /** True when `peers` is another than before. */
  take(read: readonly Peer[]): boolean;
}

/**
 * A burst is one change: who comes, or says something else of itself, is taken up once two readings agree, or after the fourth in a
 * row that does not. Who goes is gone at once, for requests fail there.
 */
export function createRoster(kept: readonly Peer[] | undefined): Roster {
  let peers = kept;
  let before: readonly Peer[] | undefined;
  let restless = 0;
  return {
    get peers() {
      return peers;
    },
    take(read) {
      const isQuiet = peers === undefined || isSamePeers(read, before) || restless + 1 >= MAX_RESTLESS;
      restless = isQuiet ? 0 : restless + 1;
      before = read;
      if (isSamePeers(read, peers)) return false;
      const there = new Set(read.map(({ id }) => id));
      const next = isQuiet || peers === undefined ? read : peers.filter(({ id }) => there.has(id));
      if (isSamePeers(next, peers)) return false;
      peers = next;
      return true;
    },
  };
}

/** Compares by content: an array that was read anew is no change. */
export function isSamePeers(a: readonly Peer[] | undefined, b: readonly Peer[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((peer, index) => isSamePeer(peer, b[index]));
}

function isSamePeer(a: Peer, b: Peer | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function isSameList(a: readonly Peer[], b: readonly Peer[]): boolean {
  return a.length === b.length && a.every((peer, index) => peer === b[index]);
}
