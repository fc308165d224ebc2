import type { Clock } from '#kit/clock.ts';
import type { LogEvent } from './base/log-event.ts';
import { compileRedaction } from './redaction/redactor.ts';
import type { FilterSettings } from './entry/log-plan.ts';
import { MOST_MESSAGE_BYTES, PUT_LIMITS } from './base/put-limits.ts';
import { compileLinePattern, type LinePattern } from './text/line-pattern.ts';

/** What becomes of one event before it may leave this host; undefined: it is left out. One for each source. */
export type EventFilter = (event: LogEvent) => LogEvent | undefined;

/** Compiled once for an entry of the plan. Patterns were read before: they compile. */
export async function compileEventFilter(settings: FilterSettings, clock: Clock): Promise<() => EventFilter> {
  const { maxAgeMs, outOfRange } = settings;
  const include = await compileAll(settings.include);
  const exclude = await compileAll(settings.exclude);
  const newRedactor = await compileRedaction(settings.redact, settings.redactPatterns);
  const wanted = (message: string): boolean =>
    (include.length === 0 || include.some((matches) => matches(message))) &&
    !exclude.some((matches) => matches(message));
  const restamped = (event: LogEvent): LogEvent => {
    const age = clock.now() - event.at;
    return age > PUT_LIMITS.pastMs || age < -PUT_LIMITS.aheadMs ? { ...event, at: clock.now() } : event;
  };
  return () => {
    const redact = newRedactor?.();
    return (event) => {
      // In this order: a filter is written for the log as it is, and what is left out needs no redaction. But the redactor
      // sees every line, for a private key may begin in one that is left out.
      const message = redact === undefined ? event.message : redact(event.message);
      if (event.message === '' || !wanted(event.message)) return undefined;
      if (maxAgeMs !== undefined && clock.now() - event.at > maxAgeMs) return undefined;
      const fitting =
        message === event.message ? fit(event) : fit({ ...event, message, size: Buffer.byteLength(message) });
      return outOfRange === 'restamp' ? restamped(fitting) : fitting;
    };
  };
}

async function compileAll(sources: readonly string[]): Promise<readonly LinePattern[]> {
  const compiled = await Promise.all(sources.map(compileLinePattern));
  return compiled.flatMap((one) => (one.kind === 'ok' ? [one.pattern] : []));
}

/** Redaction makes some texts longer; sources split at the limit already. */
function fit(event: LogEvent): LogEvent {
  if (event.size <= MOST_MESSAGE_BYTES) return event;
  const message = Buffer.from(event.message)
    .subarray(0, MOST_MESSAGE_BYTES)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
  return { ...event, message, size: Buffer.byteLength(message) };
}
