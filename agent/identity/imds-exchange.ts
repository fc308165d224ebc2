import { request, type Agent, type IncomingMessage } from 'node:http';
import type { Clock } from '#kit/clock.ts';

/** One request to the metadata service. `url` is sent as it stands: nothing resolves `..` or decodes anything in it. */
export interface Ask {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** How one request ended: what was seen on the wire, and no opinion about it. */
export type Exchange =
  | Answer
  | { readonly kind: 'oversize'; readonly maxBytes: number }
  /** Time ran out; `stage` says how far it had come. */
  | {
      readonly kind: 'silence';
      readonly stage: 'connecting' | 'connected' | 'answering';
      readonly timeoutMs: number;
    }
  | { readonly kind: 'broken'; readonly errno: string };

export interface Line {
  readonly agent: Agent;
  readonly clock: Clock;
  /** For the whole exchange, body included, counted from when a socket is at hand. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** Sends one request and tells how it ended. @throws the signal's reason when aborted, and nothing else. */
export function exchange(line: Line, ask: Ask, signal: AbortSignal): Promise<Exchange> {
  const settled = new AbortController();
  const ending = new Promise<Exchange>((resolve, reject) => {
    const { hostname, port, path } = addressOf(ask.url);
    const { method, headers } = ask;
    const outgoing = request({ agent: line.agent, hostname, port, path, method, headers, signal });
    const end = (result: Exchange): void => {
      resolve(result);
      outgoing.destroy();
    };
    const broke = (error: NodeJS.ErrnoException): void => {
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ kind: 'broken', errno: error.code ?? error.name });
    };

    let answering = false;
    outgoing.on('socket', (socket) => {
      const expire = (): void => {
        const stage = answering ? 'answering' : socket.connecting ? 'connecting' : 'connected';
        end({ kind: 'silence', stage, timeoutMs: line.timeoutMs });
      };
      line.clock.sleep(line.timeoutMs, settled.signal).then(expire, () => {});
    });
    outgoing.on('error', broke);
    outgoing.on('response', (response) => {
      answering = true;
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', broke);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > line.maxBytes) end({ kind: 'oversize', maxBytes: line.maxBytes });
        else chunks.push(chunk);
      });
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        resolve({ kind: 'answer', status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    outgoing.end();
  });
  return ending.finally(() => {
    settled.abort();
  });
}

/** Splits by hand, because `URL` would resolve the dots of a path. */
function addressOf(url: string): { hostname: string; port: string; path: string } {
  const { hostname, port, origin } = new URL(url);
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port, path: url.slice(origin.length) };
}
