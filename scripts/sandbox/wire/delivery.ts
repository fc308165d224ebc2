import type { ServerResponse } from 'node:http';
import type { Clock } from '#kit/clock.ts';
import type { Answer, Reaction } from './exchange.ts';

const TRICKLE_MS = 100;

/** How an answer goes out: whole, or spoilt on the way. */
export type Spoil = 'truncate' | 'trickle' | 'lose';

/** Puts a reaction on the wire. `closing` ends what would otherwise last: a hang, a trickle. */
export async function deliver(
  response: ServerResponse,
  reaction: Reaction,
  spoil: Spoil | undefined,
  clock: Clock,
  closing: AbortSignal,
): Promise<void> {
  if (reaction === 'hang') return;
  if (reaction === 'reset' || spoil === 'lose') {
    response.socket?.resetAndDestroy();
    return;
  }
  writeHead(response, reaction);
  const body = response.req.method === 'HEAD' ? '' : reaction.body;
  if (spoil === 'truncate') truncate(response, Buffer.from(body));
  else if (spoil === 'trickle') await trickle(response, Buffer.from(body), clock, closing);
  else response.end(body);
}

function writeHead(response: ServerResponse, { status, headers, body }: Answer): void {
  // 204 and 304 have no body by definition (RFC 9110, 8.6): a content-length there confuses keep-alive clients.
  const bodiless = status === 204 || status === 304 || headers['content-length'] !== undefined;
  const length = bodiless ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length });
}

/** Half of what content-length promised, then the end of the connection. */
function truncate(response: ServerResponse, body: Buffer): void {
  const half = body.subarray(0, Math.floor(body.length / 2));
  response.write(half.length > 0 ? half : '', () => response.socket?.end());
  response.flushHeaders();
}

async function trickle(
  response: ServerResponse,
  body: Buffer,
  clock: Clock,
  closing: AbortSignal,
): Promise<void> {
  response.flushHeaders();
  for (let at = 0; at < body.length && !response.destroyed; at += 1) {
    response.write(body.subarray(at, at + 1));
    await clock.sleep(TRICKLE_MS, closing);
  }
  response.end();
}
