import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Listening } from './listening.ts';
import type { Sink } from './peer.ts';

export interface HttpSink extends Sink, AsyncDisposable {
  readonly url: string;
}

/** Takes lines as bodies of POST, and answers 200 once they are kept. */
export async function openHttpSink(): Promise<HttpSink> {
  const arrived: string[] = [];
  const listening = await Listening.open(() =>
    createServer((request, response) => void keep(request, response)),
  );
  return {
    url: `http://127.0.0.1:${listening.port}/`,
    read: () => arrived.splice(0),
    cut: () => listening.cut(),
    restore: () => listening.restore(),
    [Symbol.asyncDispose]: () => listening.cut(),
  };

  async function keep(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Cut off in the middle: nothing of it is kept.
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    for (const line of body.split('\n')) if (line !== '') arrived.push(line);
    response.end('kept\n');
  }
}
