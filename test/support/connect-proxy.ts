import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';

const TLS = new URL('../aws/fixtures/tls/', import.meta.url);

/** Self-signed for localhost and `*.[s3.]eu-west-1.amazonaws.com`, good for a hundred years, trusted by nobody. */
export const CERTIFICATE = readFileSync(new URL('cert.pem', TLS), 'utf8');

/** A TLS server with that certificate, and a proxy that tunnels every CONNECT to it. */
export async function connectProxy(handler: http.RequestListener) {
  const server = https.createServer(
    { cert: CERTIFICATE, key: readFileSync(new URL('key.pem', TLS)) },
    handler,
  );
  const port = await listen(server);
  const tunnels: string[] = [];
  const sockets = new Set<net.Socket>();
  const proxy = http.createServer().on('connect', (request, client: net.Socket) => {
    tunnels.push(request.url ?? '');
    const upstream = net.connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
  });
  const proxyPort = await listen(proxy);
  return {
    url: `http://127.0.0.1:${proxyPort}`,
    /** The TLS server itself, for going there without the proxy. */
    direct: new URL(`https://localhost:${port}`),
    tunnels,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await Promise.all([server, proxy].map((each) => new Promise((resolve) => each.close(resolve))));
    },
  };
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
