import type { LogEvent } from './log-batch.ts';

/** Per stream; the oldest go. */
const MOST_EVENTS = 1_000_000;

export interface StoredLogEvent extends LogEvent {
  readonly ingestionTime: number;
}

export interface LogStream {
  readonly name: string;
  readonly createdAt: number;
  events: StoredLogEvent[];
}

export interface LogGroup {
  readonly name: string;
  readonly createdAt: number;
  readonly class: string;
  tags: Readonly<Record<string, string>>;
  /** An ARN. */
  kmsKey: string | undefined;
  retentionDays: number | undefined;
  readonly streams: Map<string, LogStream>;
  /** By name. */
  readonly filters: Map<string, StoredMetricFilter>;
}

export interface StoredMetricFilter {
  readonly name: string;
  readonly pattern: string;
  readonly transformation: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

/** Log groups of all regions; the same name in two regions is two groups. */
export class LogStore {
  readonly #regions = new Map<string, Map<string, LogGroup>>();

  groups(region: string): Map<string, LogGroup> {
    let groups = this.#regions.get(region);
    if (!groups) {
      groups = new Map();
      this.#regions.set(region, groups);
    }
    return groups;
  }

  /** What was put, in the order of arrival; empty when there is no such stream. */
  events(region: string, group: string, stream: string): readonly StoredLogEvent[] {
    return this.#regions.get(region)?.get(group)?.streams.get(stream)?.events ?? [];
  }
}

export function appendEvents(stream: LogStream, events: readonly LogEvent[], now: number): void {
  for (const event of events) stream.events.push({ ...event, ingestionTime: now });
  if (stream.events.length > MOST_EVENTS) stream.events = stream.events.slice(-MOST_EVENTS);
}
