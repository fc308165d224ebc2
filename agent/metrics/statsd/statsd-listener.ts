import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Fault } from '#kit/errors.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';

export interface StatsdListener {
  readonly port: number;
  close(): Promise<void>;
}

/** A burst that comes while JavaScript is busy waits in the kernel; the kernel caps it at net.core.rmem_max. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Binds `host:port`; `LF_LISTEN` when somebody else has it. Errors later on end nothing: UDP has no connection to lose. */
export function listenStatsd(
  address: { readonly host: string; readonly port: number },
  onPacket: (packet: Uint8Array) => void,
): Promise<Outcome<StatsdListener>> {
  const socket = createSocket({ type: isIPv6(address.host) ? 'udp6' : 'udp4' });
  return new Promise((resolve) => {
    socket.once('error', (error) => {
      socket.close();
      resolve(retry(unbound(address, error)));
    });
    socket.bind(address.port, address.host, () => {
      socket.removeAllListeners('error').on('error', () => {});
      socket.on('message', onPacket);
      enlarge(socket);
      resolve(ok({ port: socket.address().port, close: () => closed(socket) }));
    });
  });
}

function enlarge(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // The default has to do; drops are counted either way.
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}

function unbound({ host, port }: { host: string; port: number }, error: NodeJS.ErrnoException): Fault {
  return {
    code: 'LF_LISTEN',
    operation: 'listen',
    subject: `statsd on ${host}:${port}`,
    cause: error.code ?? 'the socket failed',
    hint: 'Stop what listens there, or set another metrics.statsd; it is tried again each interval.',
  };
}
