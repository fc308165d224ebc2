import type { IpRanges } from '#config-service';
import { createAddressSieves, type AddressSieve } from './address-sieve.ts';
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
const COLON = 0x3a;
const LINE_FEED = 0x0a;

const TABLES = [
  { protocol: 'tcp', name: 'tcp', digits: 8 },
  { protocol: 'tcp', name: 'tcp6', digits: 32 },
  { protocol: 'udp', name: 'udp', digits: 8 },
  { protocol: 'udp', name: 'udp6', digits: 32 },
] as const;

/**
 * Matches all sockets of this network namespace against the table of address ranges: no packet is looked at. Lines are judged as
 * bytes, and only of those that lead elsewhere is a text made, so that ten thousand cost little more than to find where each begins.
 */
export class SocketSweep {
  readonly #ranges: IpRanges;
  readonly #home: string;
  readonly #folder: string;
  readonly #sieves: ReturnType<typeof createAddressSieves>;

  /** @param folder of the kernel's tables. */
  constructor(ranges: IpRanges, home: string, folder: string = SOCKET_TABLES) {
    this.#ranges = ranges;
    this.#home = home;
    this.#folder = folder;
    this.#sieves = createAddressSieves(ranges, home);
  }

  /** Gives way to others every few hundred lines. @throws the errno of a table that may not be read. */
  async look(): Promise<Sweep> {
    const found: { readonly line: FarSocket; readonly localPort: number }[] = [];
    const served = new Set<string>();
    let sockets = 0;
    let isCut = false;
    for (const { protocol, name, digits } of TABLES) {
      const isOfNote = digits === 8 ? this.#sieves.v4 : this.#sieves.v6;
      for await (const piece of readSocketTable(`${this.#folder}/${name}`)) {
        if (sockets >= MAX_SOCKETS || found.length >= MAX_FAR) {
          isCut = true;
          break;
        }
        sockets += eachOfNote(piece, digits, isOfNote, (text) => {
          const line = parseSocketLine(text);
          if (line === undefined) return;
          const { remote, localPort, remotePort: port, uid, inode } = line;
          if (/^0+$/.test(remote)) served.add(`${protocol} ${localPort}`);
          const is = farAddressOf(remote, this.#ranges, this.#home);
          if (is) found.push({ localPort, line: { ...is, protocol, port, uid, inode } });
        });
      }
    }
    const far = found.filter(({ line, localPort }) => !served.has(`${line.protocol} ${localPort}`));
    return { sockets, far: far.map(({ line }) => line), inbound: found.length - far.length, isCut };
  }
}

/** Gives the lines whose remote address the sieve lets through to `take`, and returns how many there are of all. */
function eachOfNote(
  piece: Buffer,
  digits: number,
  isOfNote: AddressSieve,
  take: (line: string) => void,
): number {
  let lines = 0;
  for (let at = 0, end = 0, length = 0; at < piece.length; at = end + 1) {
    // Most are as long as the one before, none is twice as long as another, and most of their numbers have four digits.
    end = at + length;
    if (piece[end] !== LINE_FEED) end = piece.indexOf(LINE_FEED, at);
    length = end - at;
    const colon = piece[at + 4] === COLON ? at + 4 : piece.indexOf(COLON, at);
    const remoteAt = colon + digits + 8;
    // The head of a table has no colon.
    if (colon < 0 || remoteAt > end) continue;
    lines += 1;
    if (isOfNote(piece, remoteAt)) take(piece.toString('latin1', at, end));
  }
  return lines;
}
