import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface LoopbackServer extends AsyncDisposable {
  readonly url: URL;
  /** Requests in the order they came. */
  readonly seen: readonly Seen[];
  /** Resolves when the n-th request (from 1) is here. */
  arrived(count: number): Promise<void>;
}

/** A real HTTP server for one test: `handler` decides everything, down to the socket. */
export async function loopbackServer(handler: http.RequestListener): Promise<LoopbackServer> {
  const seen: Seen[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = http.createServer((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    for (const { count, resolve } of waiting) if (seen.length >= count) resolve();
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    seen,
    arrived: (count) =>
      new Promise((resolve) => {
        if (seen.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
