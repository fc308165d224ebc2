import http from 'node:http';
import { loopbackServer, type LoopbackServer } from '../support/loopback-server.ts';

/** What an agent sent, byte for byte: in front of AWS, whatever plays it. */
export interface Wire extends AsyncDisposable {
  readonly url: string;
  /** Request line, headers (the scope of the signature among them) and body, one text a request, oldest first. */
  readonly sent: readonly string[];
}

/** Passes everything on to `target` as it came, resets included. */
export async function openWire(target: string): Promise<Wire> {
  const sent: string[] = [];
  const server: LoopbackServer = await loopbackServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      sent.push(
        `${request.method} ${request.url}\n${request.rawHeaders.join('\n')}\n\n${body.toString('latin1')}`,
      );
      const { method, headers } = request;
      const onward = http.request(new URL(request.url ?? '/', target), { method, headers, agent: false });
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
        answer.pipe(response);
      });
      onward.on('error', () => request.socket.resetAndDestroy());
      onward.end(body);
    });
  });
  return {
    url: server.url.href.replace(/\/$/, ''),
    sent,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
