import type { Clock, Random } from '#kit/clock.ts';
import type { Closable } from '#kit/lifecycle.ts';
import type { Logger } from '#kit/logger.ts';
import type { Imds } from '../identity/imds.ts';
import { decide } from './decision.ts';
import type { Cause } from './leaving.ts';
import { ITEMS, type Item, type Notice } from './notice.ts';

export interface TerminationWatchParts {
  readonly imds: Pick<Imds, 'read'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Milliseconds; 5000 unless given (EC2 User Guide: "we recommend that you check for these interruption notices every 5 seconds"). */
  readonly intervalMs?: number;
  /** For the event stream: an event of kind `termination`. */
  readonly record: (data: Readonly<Record<string, unknown>>) => void;
  /** Called once for each new reason to go. Must not throw. */
  readonly onLeave: (cause: Cause, withinMs: number) => void;
  /** Called once for each new notice that the agent itself does nothing about; of a group's states none. Must not throw. */
  readonly onNote: (notice: Notice) => void;
  /** Called when the instance comes out of a warm pool, into service again. Must not throw. */
  readonly onReturn: () => void;
}

export interface TerminationWatch extends Closable {
  start(): void;
  /** What the metadata service says now, for `status`; a target state of InService is nothing to say. */
  notices(): readonly Notice[];
}

/** A notice that comes and goes is new once. Far more than an instance ever gets. */
const MOST_KNOWN = 256;

/**
 * Asks the metadata service for every sign that this instance has to go: the same requests at each poll, whatever the
 * answers (law 7). What cannot be read says nothing: an outage of the metadata service is no reason to leave.
 */
export function createTerminationWatch(parts: TerminationWatchParts): TerminationWatch {
  const { imds, clock, random, logger, intervalMs = 5000, record } = parts;
  const stop = new AbortController();
  const known = new Set<string>();
  const current = new Map<string, readonly Notice[]>();
  const troubled = new Set<string>();
  let target: string | undefined;
  let loop: Promise<void> = Promise.resolve();

  const poll = async (): Promise<void> => {
    let silent: string | undefined;
    for (const item of ITEMS) {
      const answer = await imds.read(item.path, stop.signal);
      if (answer.kind !== 'ok') silent ??= answer.fault.code;
      else take(item, answer.value);
    }
    if (say('the metadata service', silent === undefined) && silent !== undefined) {
      logger.warn('notices of termination cannot be read for now', { code: silent });
    }
  };

  const take = (item: Item, text: string | undefined): void => {
    const notices = text === undefined ? [] : item.read(text);
    if (say(item.path, notices !== undefined) && notices === undefined) {
      logger.warn('a notice of termination is not what AWS writes there', { item: item.path });
    }
    if (!notices) return;
    current.set(item.path, notices);
    for (const notice of notices) heed(notice);
  };

  const heed = (notice: Notice): void => {
    const { source, action } = notice;
    if (source !== 'autoscaling' && !isNew(notice)) return;
    const decision = decide(notice, { now: clock.now(), targetBefore: target });
    if (source === 'autoscaling') target = action;
    if (decision.kind === 'nothing') return;
    record({ phase: 'notice', ...notice, decision: decision.kind });
    logger.info('notice of termination', { ...notice, decision: decision.kind });
    if (decision.kind === 'note' && source !== 'autoscaling') parts.onNote(notice);
    if (decision.kind === 'return') parts.onReturn();
    if (decision.kind === 'leave' && (source === 'spot' || source === 'autoscaling')) {
      parts.onLeave({ source, action }, decision.withinMs);
    }
  };

  const isNew = (notice: Notice): boolean => {
    const content = JSON.stringify(notice);
    if (known.has(content)) return false;
    known.add(content);
    const [oldest] = known;
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    return true;
  };

  /** True when this is another state than last time: a trouble is told once, until it has passed. */
  const say = (what: string, well: boolean): boolean => {
    if (well) return troubled.delete(what);
    const isFirst = !troubled.has(what);
    troubled.add(what);
    return isFirst;
  };

  const run = async (): Promise<void> => {
    // The instances of a group start together; their hosts need not be asked at one instant.
    await clock.sleep(random() * intervalMs, stop.signal);
    for (;;) {
      await poll();
      await clock.sleep(intervalMs, stop.signal);
    }
  };

  return {
    name: 'termination watch',
    start() {
      loop = run().catch((error: unknown) => {
        if (!stop.signal.aborted) logger.error('the watch for termination ended', { error: String(error) });
      });
    },
    notices: () => [...current.values()].flat().filter(({ action }) => action !== 'InService'),
    async close() {
      stop.abort();
      await loop;
    },
  };
}
