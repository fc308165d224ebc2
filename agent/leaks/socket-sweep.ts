import type { IpRanges } from '#config-service';
import { parseSocketLine, readSocketTable, SOCKET_TABLES } from '#kit/socket-table.ts';
import { farAddressOf, type FarAddress } from './far-address.ts';

/** A socket whose other end is in another region, and which was not opened from there. */
export interface FarSocket extends FarAddress {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly uid: string;
  /** `0` once its process has closed it. */
  readonly inode: string;
}

export interface Sweep {
  /** Lines that were looked at. */
  readonly sockets: number;
  readonly far: readonly FarSocket[];
  /** Opened from another region: somebody there talks to us. */
  readonly inbound: number;
  /** There were more sockets than one look takes. */
  readonly isCut: boolean;
}

/** Far beyond what a host has; a look costs no more than this. */
const MAX_SOCKETS = 200_000;
const MAX_FAR = 10_000;
/** Addresses that are remembered with what they are: at most a megabyte. */
const MAX_KNOWN = 16_384;

const TABLES = [
  { protocol: 'tcp', name: 'tcp', digits: 8 },
  { protocol: 'tcp', name: 'tcp6', digits: 32 },
  { protocol: 'udp', name: 'udp', digits: 8 },
  { protocol: 'udp', name: 'udp6', digits: 32 },
] as const;

/** Not foreign. */
const NEAR = 0;
/** No other end: it listens, or takes datagrams of anybody. */
const OPEN = 1;
type Known = FarAddress | typeof NEAR | typeof OPEN;

/**
 * Matches all sockets of this network namespace against the table of address ranges: no packet is looked at. What an address is
 * remains known from one look to the next, so that a line costs little more than to find its address in a text.
 */
export class SocketSweep {
  readonly #ranges: IpRanges;
  readonly #home: string;
  readonly #folder: string;
  readonly #known = new Map<string, Known>();

  /** @param folder of the kernel's tables. */
  constructor(ranges: IpRanges, home: string, folder: string = SOCKET_TABLES) {
    this.#ranges = ranges;
    this.#home = home;
    this.#folder = folder;
  }

  /** Gives way to others every few hundred lines. @throws the errno of a table that may not be read. */
  async look(): Promise<Sweep> {
    const found: { readonly line: FarSocket; readonly localPort: number }[] = [];
    const served = new Set<string>();
    let sockets = 0;
    let isCut = false;
    for (const { protocol, name, digits } of TABLES) {
      for await (const piece of readSocketTable(`${this.#folder}/${name}`)) {
        if (sockets >= MAX_SOCKETS || found.length >= MAX_FAR) {
          isCut = true;
          break;
        }
        for (let at = 0, end = 0; at < piece.length; at = end + 1) {
          end = piece.indexOf('\n', at);
          const remoteAt = piece.indexOf(':', at) + digits + 8;
          // The head of a table has no colon.
          if (remoteAt > end) continue;
          sockets += 1;
          const known = this.#whatIs(piece.slice(remoteAt, remoteAt + digits));
          if (known === NEAR) continue;
          const line = parseSocketLine(piece.slice(at, end));
          if (line === undefined) continue;
          const { localPort, remotePort: port, uid, inode } = line;
          if (known === OPEN) served.add(`${protocol} ${localPort}`);
          else found.push({ localPort, line: { ...known, protocol, port, uid, inode } });
        }
      }
    }
    const far = found.filter(({ line, localPort }) => !served.has(`${line.protocol} ${localPort}`));
    return { sockets, far: far.map(({ line }) => line), inbound: found.length - far.length, isCut };
  }

  #whatIs(hex: string): Known {
    const known = this.#known.get(hex);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const is = /^0+$/.test(hex) ? OPEN : (farAddressOf(hex, this.#ranges, this.#home) ?? NEAR);
    // A slice would hold on to its whole piece.
    this.#known.set(Buffer.from(hex, 'latin1').toString('latin1'), is);
    return is;
  }
}
