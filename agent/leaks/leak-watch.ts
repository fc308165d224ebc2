import type { AllowEntry, IpRanges } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { errnoOrText } from '#kit/errno.ts';
import type { LeaksSection } from '../plan/plan.ts';
import { isOwnBlock } from './own-blocks.ts';
import { LeakBook, type Leak } from './leak-book.ts';
import { lookAtNames, type NamedValue, type NameLook, type ResolveName } from './name-look.ts';
import { findHolders } from './socket-holders.ts';
import { SocketSweep, type Sweep } from './socket-sweep.ts';

export interface LeakWatchParts {
  readonly clock: Clock;
  /** The region of this instance. */
  readonly home: string;
  /** Undefined while there is none. */
  readonly ranges: () => IpRanges | undefined;
  readonly section: () => LeaksSection;
  /** Allow entries of the guard, which excuse leaks as well. */
  readonly allow: () => readonly AllowEntry[];
  /** The effective configuration and its digest, without secrets; undefined: its names are not looked at. */
  readonly configuration: () =>
    | { readonly digest: string; readonly values: Iterable<NamedValue> }
    | undefined;
  /** Networks of the VPC; asked for when something was found, and not more than once an hour. */
  readonly ownBlocks: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly resolve: ResolveName;
  readonly found: (leak: Leak) => void;
  readonly ended: (leak: Leak) => void;
  /** Folders of the kernel's socket tables and of processes; left out, those of this host. */
  readonly folders?: { readonly tables: string; readonly processes: string };
}

/** What was seen, as of the last look. */
export interface LeakReport {
  readonly leaks: readonly Leak[];
  readonly excused: number;
  readonly left: number;
  readonly sweep: Pick<Sweep, 'sockets' | 'inbound' | 'isCut'> | undefined;
  /** Names asked for, and those beyond what is asked. */
  readonly names: Pick<NameLook, 'names' | 'left'> | undefined;
  /** Epoch ms. */
  readonly lookedAt: number | undefined;
  /** Duration of the last look at the sockets, with what others did meanwhile. */
  readonly tookMs: number | undefined;
  /** Why sockets cannot be seen. */
  readonly blind: string | undefined;
}

export interface LeakWatch {
  /** Never rejects but with the signal's reason. */
  look(signal: AbortSignal): Promise<void>;
  report(): LeakReport;
}

/** Addresses behind a name change; and whoever changed a record has no word for it here. */
const NAMES_EVERY_MS = 600_000;
const BLOCKS_EVERY_MS = 3_600_000;

/** Looks at the sockets of this host, and at where the names of its configuration end. */
export function createLeakWatch(parts: LeakWatchParts): LeakWatch {
  const { clock, home, folders } = parts;
  const book = new LeakBook();
  let sweeping: { readonly ranges: IpRanges; readonly sweep: SocketSweep } | undefined;
  let last: { readonly sweep: Sweep; readonly tookMs: number } | undefined;
  let lookedAt: number | undefined;
  let blind: string | undefined;
  let names: (NameLook & { readonly digest: string; readonly at: number }) | undefined;
  let blocks: { readonly networks: readonly string[]; readonly at: number } | undefined;
  /** A pid that holds nothing any more costs nothing. */
  let pids: readonly number[] = [];

  const sweep = async (): Promise<Sweep | undefined> => {
    const ranges = parts.ranges();
    if (!ranges) return undefined;
    if (sweeping?.ranges !== ranges)
      sweeping = { ranges, sweep: new SocketSweep(ranges, home, folders?.tables) };
    const since = clock.monotonic();
    try {
      const seen = await sweeping.sweep.look();
      last = { sweep: seen, tookMs: clock.monotonic() - since };
      blind = undefined;
      return seen;
    } catch (error) {
      blind = `the table of sockets cannot be read: ${errnoOrText(error)}`;
      return undefined;
    }
  };

  const lookAgainAtNames = async (signal: AbortSignal): Promise<void> => {
    const configuration = parts.configuration();
    if (!configuration) {
      names = undefined;
      return;
    }
    const { digest, values } = configuration;
    const now = clock.monotonic();
    if (names && names.digest === digest && now - names.at < NAMES_EVERY_MS) return;
    names = { ...(await lookAtNames(values, home, parts.ranges, parts.resolve, signal)), digest, at: now };
  };

  const ownNetworks = async (signal: AbortSignal): Promise<readonly string[]> => {
    const now = clock.monotonic();
    if (!blocks || now - blocks.at > BLOCKS_EVERY_MS)
      blocks = { networks: await parts.ownBlocks(signal), at: now };
    return blocks.networks;
  };

  return {
    async look(signal) {
      await lookAgainAtNames(signal);
      const seen = await sweep();
      signal.throwIfAborted();
      const networks = (seen?.far.length ?? 0) > 0 ? await ownNetworks(signal) : [];
      const sockets = (seen?.far ?? []).filter(({ address }) => !isOwnBlock(networks, address));
      const inodes = new Set(sockets.map(({ inode }) => inode).filter((inode) => inode !== '0'));
      const holders =
        inodes.size > 0 ? await findHolders(inodes, pids, folders?.processes) : new Map<string, never>();
      const sight = { sockets, holders, names: names?.far ?? [], keysOf: names?.keysOf ?? new Map() };
      const rules = { allow: parts.section().allow, keys: parts.allow() };
      const { found, ended } = book.note(sight, rules, clock.now());
      pids = book.pids;
      lookedAt = clock.now();
      for (const leak of found) parts.found(leak);
      for (const leak of ended) parts.ended(leak);
    },

    report: () => ({
      leaks: book.leaks,
      excused: book.excused,
      left: book.left,
      sweep: last?.sweep,
      names,
      lookedAt,
      tookMs: last?.tookMs,
      blind: parts.ranges() ? blind : 'there is no table of address ranges',
    }),
  };
}
