import type { Socket } from 'node:net';
import { parseSocketLine, SOCKET_TABLES, socketTable } from '../../kit/socket-table.ts';

/** Sockets of IPv4 (proc_net(5)). Where it is missing, of nobody can be told who it is. */
export const PEER_TABLE = `${SOCKET_TABLES}/tcp`;

/** And those of IPv6, over which programs reach 127.0.0.1, too. */
const TABLES = [PEER_TABLE, `${PEER_TABLE}6`];

/**
 * Which user of this host is on the other end of connections over loopback, by uid. An address says nothing there: a program
 * can call from any of 127.0.0.0/8. Empty where the kernel has no such table, and without those whose other end has closed.
 */
export async function peersOf(sockets: Iterable<Socket>): Promise<ReadonlyMap<Socket, string>> {
  const wanted = new Map<string, Socket>();
  const doors = new Set<string>();
  for (const socket of sockets) {
    const [theirs, ours] = [
      endOf(socket.remoteAddress, socket.remotePort),
      endOf(socket.localAddress, socket.localPort),
    ];
    if (theirs === undefined || ours === undefined) continue;
    wanted.set(`${theirs} ${ours}`, socket);
    doors.add(ours);
  }
  const peers = new Map<Socket, string>();
  const learn = (line: string): void => {
    const end = parseSocketLine(line);
    // Nobody holds one without an inode: it is closed.
    if (end === undefined || end.inode === '0') return;
    const socket = wanted.get(`${tail(end.local, end.localPort)} ${tail(end.remote, end.remotePort)}`);
    if (socket !== undefined) peers.set(socket, end.uid);
  };
  for (const table of wanted.size > 0 ? TABLES : []) {
    const text = await socketTable(table);
    for (const line of [...doors].flatMap((door) => linesWith(text, `${door} `))) learn(line);
  }
  return peers;
}

/** A busy host has tens of thousands of lines: most are not looked at one by one. */
function linesWith(text: string, part: string): readonly string[] {
  const lines: string[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const end = text.indexOf('\n', at);
    lines.push(text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? undefined : end));
  }
  return lines;
}

/** As the table writes it: the last four bytes of the address in the order of the processor, the port in that of the network. */
function endOf(address: string | undefined, port: number | undefined): string | undefined {
  const quad = address === '::1' ? ['0', '0', '0', '1'] : address?.replace(/^::ffff:/, '').split('.');
  if (quad?.length !== 4 || port === undefined) return undefined;
  const hex = quad.toReversed().map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return `${hex.join('').toUpperCase()}:${portText(port)}`;
}

/** The last four bytes of an address are what tells one of loopback from another. */
function tail(address: string, port: number): string {
  return `${address.slice(-8)}:${portText(port)}`;
}

function portText(port: number): string {
  return port.toString(16).padStart(4, '0').toUpperCase();
}
