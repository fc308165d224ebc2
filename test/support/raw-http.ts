import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Where a test server listens. */
export type Place = { readonly host: string; readonly port: number } | { readonly socketPath: string };

export interface Ask {
  readonly method?: string;
  readonly path: string;
  /** Sent as they are: `Host`, `Origin` and `X-Forwarded-For` can be forged, which `fetch` refuses to. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json(): Record<string, unknown>;
}

/** One request on a connection of its own. */
export async function ask(
  place: Place,
  { method = 'GET', path, headers = {}, body, signal }: Ask,
): Promise<Answer> {
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest(
      { ...place, method, path, headers, agent: false, ...(signal && { signal }) },
      resolve,
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
  const text = await readAll(message);
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
}

/** A connection with nothing sent yet. */
export function dial(place: Place): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = 'port' in place ? connect(place.port, place.host) : connect(place.socketPath);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // A reset is an end like any other to a test that reads what came before.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Sends bytes as they are and returns all that comes back until the server ends the connection. */
export async function exchangeRaw(place: Place, bytes: string | Buffer): Promise<string> {
  const socket = await dial(place);
  socket.write(bytes);
  return readAll(socket);
}

/** Everything until the end. */
export function readAll(stream: IncomingMessage | Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => (text += chunk));
    stream.once('close', () => resolve(text));
    stream.once('error', reject);
  });
}

/** Resolves once what came so far satisfies `enough`; rejects when the stream ends before. */
export function readUntil(
  stream: IncomingMessage | Socket,
  enough: (text: string) => boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.setEncoding('utf8');
    const take = (chunk: string): void => {
      text += chunk;
      if (!enough(text)) return;
      stream.off('data', take);
      resolve(text);
    };
    stream.on('data', take);
    stream.once('close', () => reject(new Error(`ended too early after ${JSON.stringify(text)}`)));
  });
}
