import { parseDuration } from '../../kit/duration.ts';
import { matchesEtag } from './etag.ts';
import type { Exchange } from './exchange.ts';
import { sendInvalid, sendNotModified, sendProblem } from './reply.ts';

/** Longest blocking query; more is cut to this. */
const MAX_WAIT_MS = 5 * 60_000;

/** A resource that can be asked for on condition. */
export interface Conditional {
  /** The tag of what `answer` would send now; undefined when it would send no representation. */
  etag(): string | undefined;
  answer(): void;
}

/**
 * Answers at once when the client's `If-None-Match` is not, or no longer, true; else with 304, after holding for as
 * long as `wait` allows.
 */
export async function answerConditionally(exchange: Exchange, resource: Conditional): Promise<void> {
  const waitMs = waitOf(exchange.search);
  if (waitMs === undefined) {
    sendInvalid(exchange, 'wait is not a duration', 'Write it like wait=30s or wait=5m.');
    return;
  }
  const { ifNoneMatch } = exchange.headers;
  const unchanged = (): boolean => {
    const etag = resource.etag();
    return etag !== undefined && matchesEtag(ifNoneMatch, etag);
  };
  if (waitMs > 0 && unchanged()) {
    const held = await exchange.api.waiters.hold(exchange.response, waitMs, unchanged, exchange.authorized);
    if (held === 'gone') return;
    if (held === 'full') {
      sendBusy(exchange);
      return;
    }
  }
  const etag = resource.etag();
  if (etag !== undefined && matchesEtag(ifNoneMatch, etag)) {
    const generation = exchange.api.backend.generation()?.number;
    sendNotModified(exchange, ['ETag', etag, 'X-Landfall-Generation', String(generation)]);
  } else {
    resource.answer();
  }
}

/** 503: a blocking query or a stream too many. */
export function sendBusy(exchange: Exchange): void {
  sendProblem(
    exchange,
    503,
    {
      code: 'LF_BUSY',
      operation: 'hold',
      subject: exchange.path,
      cause: 'too many clients wait already',
      hint: 'Ask again later, or share one waiting client among the programs of this host.',
    },
    ['Retry-After', '5'],
  );
}

function waitOf(search: string): number | undefined {
  const text = search === '' ? null : new URLSearchParams(search).get('wait');
  if (text === null) return 0;
  const ms = parseDuration(text);
  return ms === undefined ? undefined : Math.min(ms, MAX_WAIT_MS);
}
