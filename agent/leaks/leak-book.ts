import { isInNetwork, keyMatches, type AllowEntry } from '#config-service';
import type { LeakAllowance, LeaksSection } from '../plan/plan.ts';
import type { FarName } from './name-look.ts';
import type { Holder } from './socket-holders.ts';
import type { FarSocket } from './socket-sweep.ts';

/** Something of this host that talks to another region, or would: one process, one region, one service. */
export interface Leak {
  readonly kind: 'socket' | 'name';
  readonly region: string;
  /** As ip-ranges.json calls it; null for a name. */
  readonly service: string | null;
  readonly process: string | null;
  readonly pid: number | null;
  readonly unit: string | null;
  /** User who owns the socket; null for a name, and once the socket is closed. */
  readonly uid: string | null;
  /** `ADDRESS:PORT` of sockets, the newest first, or where a name ends. */
  readonly to: readonly string[];
  /** The name of ours; null for a socket. */
  readonly host: string | null;
  /** Keys of the configuration whose host it is. */
  readonly keys: readonly string[];
  /** Sockets that the last look saw. */
  readonly open: number;
  /** Epoch ms. */
  readonly since: number;
  readonly seenAt: number;
}

/** What an operator may allow it by. */
export interface LeakRules {
  readonly allow: LeaksSection['allow'];
  /** Of the guard: an entry for a key that names the region excuses what talks to the host of that key. */
  readonly keys: readonly AllowEntry[];
}

/** A process that opens a connection for each request is seen in one look and not in the next. */
export const FORGOTTEN_MS = 300_000;
/** As many as anybody reads; beyond them they are counted. */
const MAX_LEAKS = 200;
const MAX_ENDS = 8;

export interface BookChange {
  readonly found: readonly Leak[];
  readonly ended: readonly Leak[];
}

/** What is known of leaks, from one look to the next. */
export class LeakBook {
  #leaks = new Map<string, Leak>();
  #excused = 0;
  #left = 0;

  get leaks(): readonly Leak[] {
    return [...this.#leaks.values()];
  }

  /** Sockets and names of the last look that an allow entry excuses. */
  get excused(): number {
    return this.#excused;
  }

  /** Beyond those that are told of one by one. */
  get left(): number {
    return this.#left;
  }

  /** Processes that a leak was seen of. */
  get pids(): readonly number[] {
    return this.leaks.flatMap(({ pid }) => pid ?? []);
  }

  /** Takes in one look. */
  note({ sockets, holders, names, keysOf }: Sight, rules: LeakRules, now: number): BookChange {
    this.#excused = 0;
    this.#left = 0;
    const seen = new Map<string, Leak>();
    // Those that nobody holds any more are last: by then it is known who held others to the same address.
    const ordered = sockets.toSorted((a, b) => Number(a.inode === '0') - Number(b.inode === '0'));
    for (const socket of ordered) {
      const leak = leakOfSocket(socket, holders.get(socket.inode), keysOf.get(socket.address) ?? [], now);
      const kin = leak.process === null ? this.#kinOf(leak, seen) : undefined;
      this.#take(kin ? { ...kin, to: leak.to, open: 1, keys: leak.keys } : leak, rules, seen);
    }
    for (const name of names) this.#take(leakOfName(name, now), rules, seen);
    return this.#follow(seen, rules, now);
  }

  /** Of a socket that its process has closed: whoever was seen with the same address. */
  #kinOf({ region, service, to }: Leak, seen: ReadonlyMap<string, Leak>): Leak | undefined {
    const isKin = (one: Leak): boolean =>
      one.process !== null &&
      one.region === region &&
      one.service === service &&
      one.to.some((end) => end === to[0]);
    return [...seen.values(), ...this.#leaks.values()].find(isKin);
  }

  #take(leak: Leak, rules: LeakRules, seen: Map<string, Leak>): void {
    if (isExcused(leak, rules)) {
      this.#excused += 1;
      return;
    }
    const id = idOf(leak);
    const other = seen.get(id);
    if (other) seen.set(id, joined(leak, other));
    else if (seen.size < MAX_LEAKS) seen.set(id, leak);
    else this.#left += 1;
  }

  #follow(seen: ReadonlyMap<string, Leak>, rules: LeakRules, now: number): BookChange {
    const found: Leak[] = [];
    const leaks = new Map<string, Leak>();
    for (const [id, leak] of seen) {
      const before = this.#leaks.get(id);
      const known = before ? { ...joined(leak, before), open: leak.open, since: before.since } : leak;
      if (!before) found.push(known);
      leaks.set(id, known);
    }
    const ended: Leak[] = [];
    for (const [id, leak] of this.#leaks) {
      if (leaks.has(id)) continue;
      // A name that leads elsewhere now has ended; of a socket nobody knows until some time has gone by.
      const isForgotten = leak.kind === 'name' || now - leak.seenAt >= FORGOTTEN_MS;
      const isOver = isForgotten || isExcused(leak, rules) || leaks.size >= MAX_LEAKS;
      if (isOver) ended.push(leak);
      else leaks.set(id, { ...leak, open: 0 });
    }
    this.#leaks = leaks;
    return { found, ended };
  }
}

/** One look at sockets and names. */
export interface Sight {
  readonly sockets: readonly FarSocket[];
  readonly holders: ReadonlyMap<string, Holder>;
  readonly names: readonly FarName[];
  readonly keysOf: ReadonlyMap<string, readonly string[]>;
}

function leakOfSocket(
  { region, service, address, port, uid, inode }: FarSocket,
  holder: Holder | undefined,
  keys: readonly string[],
  now: number,
): Leak {
  return {
    kind: 'socket',
    region,
    service,
    process: holder?.process ?? null,
    pid: holder?.pid ?? null,
    unit: holder?.unit ?? null,
    // The kernel gives one that is closed to root.
    uid: inode === '0' ? null : uid,
    to: [address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`],
    host: null,
    keys,
    open: 1,
    since: now,
    seenAt: now,
  };
}

function leakOfName({ host, keys, region, endsAt }: FarName, now: number): Leak {
  const nobody = { process: null, pid: null, unit: null, uid: null };
  const times = { open: 0, since: now, seenAt: now };
  return { kind: 'name', region, service: null, ...nobody, to: [endsAt], host, keys, ...times };
}

function isExcused(leak: Leak, { allow, keys }: LeakRules): boolean {
  return (
    allow.some((entry) => excuses(entry, leak)) ||
    keys.some(({ key, region }) => region === leak.region && leak.keys.some((one) => keyMatches(key, one)))
  );
}

function excuses(entry: LeakAllowance, leak: Leak): boolean {
  const { region, process, unit, service, address } = entry;
  const isThere = (network: string): boolean =>
    leak.to.every((end) => isInNetwork(network, addressOfEnd(end)));
  return (
    keyMatches(region, leak.region) &&
    fits(process, leak.process) &&
    fits(unit, leak.unit) &&
    fits(service, leak.service) &&
    (address === undefined || isThere(address))
  );
}

function fits(pattern: string | undefined, text: string | null): boolean {
  return pattern === undefined || keyMatches(pattern, text ?? '');
}

function addressOfEnd(end: string): string {
  return /^\[(.*)\]:\d+$/.exec(end)?.[1] ?? end.replace(/:\d+$/, '');
}

/** What is one finding, however many sockets it opens to however many addresses. */
function idOf({ kind, region, service, unit, process, uid, host }: Leak): string {
  const who = kind === 'name' ? host : `${unit ?? ''} ${process ?? `user ${uid ?? 'unknown'}`}`;
  return JSON.stringify([kind, region, service, who]);
}

function joined(leak: Leak, other: Leak): Leak {
  return {
    ...leak,
    to: [...new Set([...leak.to, ...other.to])].slice(0, MAX_ENDS),
    keys: [...new Set([...leak.keys, ...other.keys])].slice(0, MAX_ENDS),
    open: leak.open + other.open,
    since: Math.min(leak.since, other.since),
  };
}
