import { isoTime } from '#kit/iso-time.ts';
import type { Clock } from '#kit/clock.ts';
import type { Fields, Logger } from '#kit/logger.ts';
import type { Destination } from '../base/destination.ts';
import type { LogEvent } from '../base/log-event.ts';
import type { LogSource } from '../base/log-source.ts';
import { splitMessage } from '../base/message-parts.ts';
import type { SourceGroup, SourceListener } from '../entry/source-group.ts';

/** The agent's own records on their way to CloudWatch. */
export interface OwnLog {
  /**
   * `logger`, whose records are shipped as well. Shipping itself must log through `logger` and not through this: a record about
   * a failed call would be the cause of the next call (case 60).
   */
  tee(logger: Logger): Logger;
  group(name: string, destination: Destination): SourceGroup;
}

/** Records that wait. They are on stderr, too: the journal has what is lost here. */
const MOST_WAITING = 1_000;

/** A second, and at once: what is in a loop must not become a bill. */
const RATE = 20;
const BURST = 200;

export function createOwnLog(clock: Clock): OwnLog {
  let waiting: Omit<LogEvent, 'end'>[] = [];
  let tokens = BURST;
  let filledAt = clock.monotonic();
  let listening: { readonly listener: SourceListener; readonly source: LogSource } | undefined;

  const mayPass = (): boolean => {
    const now = clock.monotonic();
    tokens = Math.min(BURST, tokens + ((now - filledAt) / 1000) * RATE);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
  const record = (level: string, message: string, fields: Fields = {}): void => {
    const at = clock.now();
    const text = recordText({ level, time: isoTime(at), msg: message }, fields);
    const cause = waiting.length >= MOST_WAITING ? 'queueFull' : mayPass() ? undefined : 'rateLimited';
    for (const part of splitMessage(text)) {
      if (cause === undefined) waiting.push({ at, ...part });
      else listening?.listener.lost(listening.source, cause, 1, part.size);
    }
  };

  return {
    tee: (logger) => ({
      // Debugging is for this host.
      debug: (message, fields) => logger.debug(message, fields),
      info: (message, fields) => {
        record('info', message, fields);
        logger.info(message, fields);
      },
      warn: (message, fields) => {
        record('warn', message, fields);
        logger.warn(message, fields);
      },
      error: (message, fields) => {
        record('error', message, fields);
        logger.error(message, fields);
      },
    }),
    group: (name, destination) => {
      let number = 0;
      const source: LogSource = {
        name,
        destination,
        read: () => {
          const taken = waiting.map((event) => ({ ...event, end: (number += 1) }));
          waiting = [];
          return Promise.resolve(taken);
        },
        acknowledge: () => {},
        close: () => Promise.resolve(),
      };
      return {
        start: (listener) => {
          listener.opened(source);
          listening = { listener, source };
        },
        close: () => {
          if (listening?.source === source) listening = undefined;
          return Promise.resolve();
        },
      };
    },
  };
}

/** Fields may hold what JSON cannot say; a record must never fail whoever makes it. */
function recordText(head: Fields, fields: Fields): string {
  try {
    return JSON.stringify({ ...head, ...fields });
  } catch {
    return JSON.stringify(head);
  }
}
