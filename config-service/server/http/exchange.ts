import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/logger.ts';
import type { ApiCounts } from '../backend/api-counts.ts';
import type { ApiBackend } from '../backend/api-backend.ts';
import type { EventStreams } from './event-streams.ts';
import type { ResponseCache } from './response-cache.ts';
import type { ReadPage } from './page.ts';
import type { RequestHeaders } from './request-headers.ts';
import type { Shape } from './shape.ts';
import type { Waiters } from './waiters.ts';

/** What all requests of one API server share. */
export interface Api {
  readonly backend: ApiBackend;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly counts: ApiCounts;
  readonly waiters: Waiters;
  readonly streams: EventStreams;
  readonly shelf: ResponseCache;
  /** Answered at the main doors beside the routes. */
  readonly shapes: readonly Shape[];
  /** Left out: there is no page for people. */
  readonly readPage?: ReadPage;
  /** Tells whether an `Authorization` field may write. */
  readonly isToken: (authorization: string | undefined) => boolean;
  /** Tells whether an `Authorization` field may see secrets. */
  readonly isReadToken: (authorization: string | undefined) => boolean;
  /** Tells whether the text of a token may see secrets. */
  readonly mayRead: (token: string) => boolean;
  /** What fingerprints are made with; lasts as long as the token that may only read. */
  readonly fingerprintKey: string;
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
  /** May see secrets. */
  readonly authorized: boolean;
  readonly mayWrite: () => boolean;
}

/** Answers the exchange once. `body` is empty when the request has none. */
export type Handler = (exchange: Exchange, body: Buffer) => void | Promise<void>;
