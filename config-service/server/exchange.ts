import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { ApiCounts } from './api-counts.ts';
import type { Desk } from './desk.ts';
import type { EventStreams } from './event-streams.ts';
import type { GenerationShelf } from './generation-shelf.ts';
import type { RequestHeaders } from './request-headers.ts';
import type { Waiters } from './waiters.ts';

/** What all requests of one API server share. */
export interface Api {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly counts: ApiCounts;
  readonly waiters: Waiters;
  readonly streams: EventStreams;
  readonly shelf: GenerationShelf;
  readonly isToken: (authorization: string | undefined) => boolean;
  /** True once the server closes: every answer is then the last of its connection. */
  draining: boolean;
}

/** One request and its answer to be. */
export interface Exchange {
  readonly api: Api;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: RequestHeaders;
  /** The path without its query, as sent. */
  readonly path: string;
  /** What follows the route's own part of the path, still percent-encoded. */
  readonly tail: string;
  /** The query with its `?`, or empty. */
  readonly search: string;
  /** May write, and may see secrets. */
  readonly authorized: boolean;
}

/** Answers the exchange once. `body` is empty when the request has none. */
export type Handler = (exchange: Exchange, body: Buffer) => void | Promise<void>;
