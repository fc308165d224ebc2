import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Listener {
  readonly url: string;
  /** Cuts open connections, hanging ones too: a stand-in has nothing to drain. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly host?: '127.0.0.1' | '::1';
  readonly onConnection?: (socket: Socket) => void;
}

/** An HTTP listener on loopback. A handler that throws is a bug of the stand-in and says so with a 500. */
export async function listen(
  options: ListenOptions,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Listener> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(`sandbox: ${String(error)}`);
    });
  });
  // A client that cuts its own connection is everyday life here, not an error.
  server.on('clientError', (_error, socket) => socket.destroy());
  if (options.onConnection) server.on('connection', options.onConnection);
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: options.port, backlog: 4096 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    url: host === '::1' ? `http://[::1]:${port}` : `http://127.0.0.1:${port}`,
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}
