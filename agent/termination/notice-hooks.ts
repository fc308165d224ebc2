import { sha256Hex } from '#config-service';
import type { Logger } from '#kit/logger.ts';
import type { Outcome } from '#kit/outcome.ts';
import { createSerial } from '#kit/serial.ts';
import type { Notice } from './notice.ts';
import type { Notes } from './notes.ts';

/** What ran. Undefined: no generation is in effect, so nobody knows of a hook yet. */
export type RunNoticeHooks = (
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Outcome<readonly unknown[]> | undefined>;

export interface NoticeHooksParts {
  readonly run: RunNoticeHooks;
  readonly notes: Notes;
  readonly logger: Logger;
  readonly record: (data: Readonly<Record<string, unknown>>) => void;
  readonly stop: AbortSignal;
}

/** Tells the hooks of the plan what the metadata service announces and the agent itself does nothing about. */
export interface NoticeHooks {
  /** Waits for a generation where none is in effect, or none has a hook for it. */
  heed(notice: Notice): Promise<void>;
  /** Another plan may be in effect: what waits is tried again. */
  retry(): Promise<void>;
}

/** Contents of notices that are remembered; the oldest goes. */
const MOST_TOLD = 256;

/**
 * One notice after the other, each content once on this instance, also after a restart of the agent; one whose hook a kill
 * cut short is told again. A hook that fails is told in the log and as an event, and not run again for it.
 */
export function createNoticeHooks({ run, notes, logger, record, stop }: NoticeHooksParts): NoticeHooks {
  const waiting = new Map<string, Notice>();
  const serial = createSerial();

  const deliver = async (): Promise<void> => {
    if (waiting.size === 0) return;
    const told = toldIn(await notes.load('notices'));
    for (const [digest, notice] of waiting) {
      if (!told.includes(digest)) {
        const outcome = await run(environmentOf(notice), stop);
        // Nobody heard it: a plan that comes later may have a hook.
        if (outcome === undefined || outcome.kind === 'retry') return;
        if (outcome.kind === 'ok' && outcome.value.length === 0) continue;
        tell(notice, outcome);
        told.push(digest);
        await notes.save('notices', { told: told.slice(-MOST_TOLD) });
      }
      waiting.delete(digest);
    }
  };
  const tell = ({ source, action }: Notice, outcome: Outcome<unknown>): void => {
    const about = { source, action };
    record({ phase: 'notice-hooks', ...about, outcome: outcome.kind === 'ok' ? 'done' : 'failed' });
    if (outcome.kind === 'ok') return;
    const { code, cause } = outcome.fault;
    logger.warn('a hook for a notice failed', { ...about, code, cause });
  };
  const inTurn = (): Promise<void> =>
    serial.run(deliver).catch((error: unknown) => {
      logger.error('hooks for notices ended', { error: String(error) });
    });
  return {
    heed(notice) {
      waiting.set(sha256Hex(JSON.stringify(notice)), notice);
      const [oldest] = waiting.keys();
      if (waiting.size > MOST_TOLD && oldest !== undefined) waiting.delete(oldest);
      return inTurn();
    },
    retry: inTurn,
  };
}

/** What a notice has not is empty and not absent: `set -u` is good style. */
function environmentOf({ source, action, at = '', id = '', state = '' }: Notice): Record<string, string> {
  return {
    LANDFALL_NOTICE_SOURCE: source,
    LANDFALL_NOTICE_ACTION: action,
    LANDFALL_NOTICE_AT: at,
    LANDFALL_NOTICE_ID: id,
    LANDFALL_NOTICE_STATE: state,
  };
}

function toldIn(note: Readonly<Record<string, unknown>> | undefined): string[] {
  const told = note?.['told'];
  return Array.isArray(told) ? told.filter((one) => typeof one === 'string') : [];
}
