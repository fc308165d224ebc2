import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Socket } from 'node:net';
import { peersOf } from '#config-service';

export interface EmfAddress {
  readonly host: string;
  readonly port: number;
}

export interface EmfListener {
  /** As it was bound. */
  readonly port: number;
  /** Nothing more is read of connections until `resume`; what comes by UDP comes all the same. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** A program keeps one; what comes beyond them takes the place of the user who has the most. */
const MOST_CONNECTIONS = 64;
/** Of one document: CloudWatch Logs takes a megabyte, and no library makes more than some kilobytes. */
const MOST_BYTES = 256 * 1024;

/**
 * Takes documents of the embedded metric format as AWS's libraries send them on EC2: each a line over TCP, or a datagram over UDP, on
 * one port.
 * @param onText told each of them. @param onTooLong of a line that is longer than it may be: its connection ends.
 * @throws what bind(2) fails with.
 */
export async function listenEmf(
  { host, port: asked }: EmfAddress,
  onText: (text: string) => void,
  onTooLong: () => void,
): Promise<EmfListener> {
  const connections = new Set<Socket>();
  let isPaused = false;
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => connections.delete(socket));
    if (isPaused) socket.pause();
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onText(line);
      if (rest.length <= MOST_BYTES) return;
      onTooLong();
      rest = '';
      socket.destroy();
    });
    socket.on('end', () => {
      if (rest.trim() !== '') onText(rest);
      rest = '';
    });
    if (connections.size > MOST_CONNECTIONS) void makeRoom(connections, socket);
  });
  server.listen({ host, port: asked, exclusive: true });
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : asked;
  server.on('error', () => {});
  const datagrams = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
  try {
    datagrams.bind(port, host);
    await once(datagrams, 'listening');
  } catch (error) {
    server.close();
    datagrams.close();
    throw error;
  }
  datagrams
    .on('error', () => {})
    .on('message', (packet) => {
      for (const line of packet.toString('utf8').split('\n')) if (line.trim() !== '') onText(line);
    });
  return {
    port,
    pause() {
      isPaused = true;
      for (const socket of connections) socket.pause();
    },
    resume() {
      isPaused = false;
      for (const socket of connections) socket.resume();
    },
    async close() {
      for (const socket of connections) socket.destroy();
      await Promise.all([
        new Promise<void>((done) => void server.close(() => done())),
        new Promise<void>((done) => void datagrams.close(() => done())),
      ]);
    },
  };
}

/** No user of the host may have all places: the oldest of whoever has the most goes, and the newcomer when that is its own. */
async function makeRoom(connections: ReadonlySet<Socket>, newcomer: Socket): Promise<void> {
  const peers = await peersOf(connections);
  const byUser = Map.groupBy(connections, (socket) => peers.get(socket) ?? '');
  const [most = []] = [...byUser.values()].toSorted((a, b) => b.length - a.length);
  const own = byUser.get(peers.get(newcomer) ?? '')?.length ?? 0;
  (own < most.length ? most[0] : newcomer)?.destroy();
}
