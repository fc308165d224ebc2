import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Caller } from './caller.ts';
import type { ServiceName } from './faults.ts';

/** One request, read whole: every service here answers from memory, so nothing needs a stream. */
export interface SandboxRequest {
  readonly method: string;
  /** As it came, still percent-encoded, without the query: `new URL` would fold `..` and lose S3 keys. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly caller: Caller;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** What the wire shows: an answer, a request that is never answered, or a connection that is cut. */
export type Reaction = Answer | 'hang' | 'reset';

/** How a service speaks of an error: each AWS protocol has its own envelope and its own code for the same thing. */
export interface Dialect {
  error(status: number, code: string, message: string): Answer;
  readonly throttle: { readonly status: number; readonly code: string };
}

/** One service of the stand-in. Synchronous: a request sees, and leaves, one consistent state. */
export interface Service {
  readonly name: ServiceName;
  dialect(request: SandboxRequest): Dialect;
  /** The operation's AWS name and the path faults match on (for S3 always `/bucket/key`, decoded). */
  describe(request: SandboxRequest): { readonly operation: string; readonly path: string };
  answer(request: SandboxRequest): Reaction;
}

export function header(request: SandboxRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

const EMPTY = Buffer.alloc(0);

/** The body, or `undefined` when it is longer than `maxBytes` (then the rest is left unread). */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const length = message.headers['content-length'];
  if (message.headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) {
    return EMPTY;
  }
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}

let issued = 0;

/** Request ids only have to differ; counting makes two runs of a test print the same ones. */
export function nextRequestId(): string {
  issued += 1;
  return `5A4DB0C5${issued.toString(16).toUpperCase().padStart(8, '0')}`;
}
