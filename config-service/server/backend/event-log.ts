import type { Clock } from '../../kit/clock.ts';

export type EventKind =
  | 'generation'
  | 'refused'
  | 'relocated'
  | 'source'
  | 'applied'
  | 'override'
  | 'leak'
  | 'termination';

/** Something that happened. `data` names keys, codes and digests, never values. */
export interface AgentEvent {
  readonly id: number;
  readonly at: number;
  readonly kind: EventKind;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * An event at rest. As text, because an object would hold on to strings that are slices of the configuration they came
 * from: one key that was remembered would keep the whole file.
 */
interface Rested extends Omit<AgentEvent, 'data'> {
  readonly text: string;
}

/** Events of a change of a thousand keys are some 30 KB. */
const MAX_BYTES = 128 * 1024;

/** The last events of this process, bounded in number and in bytes, with subscribers. */
export class EventLog {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #events: Rested[] = [];
  #bytes = 0;
  readonly #listeners = new Set<(event: AgentEvent) => void>();
  #nextId = 1;

  constructor(clock: Clock, capacity = 1000) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  record(kind: EventKind, data: Readonly<Record<string, unknown>>): void {
    const event: AgentEvent = { id: this.#nextId, at: this.#clock.now(), kind, data };
    this.#nextId += 1;
    this.#rest(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** The id of the newest event; 0 before the first. */
  get lastId(): number {
    return this.#nextId - 1;
  }

  /** Bytes that the remembered events hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Remembered events with an id above `id`, oldest first. */
  since(id: number): readonly AgentEvent[] {
    return this.#events
      .filter((event) => event.id > id)
      .map(({ text, ...event }) => ({ ...event, data: JSON.parse(text) as AgentEvent['data'] }));
  }

  /** Calls `listener` for each new event until the returned function is called. */
  subscribe(listener: (event: AgentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The newest is remembered whatever its size. */
  #rest({ id, at, kind, data }: AgentEvent): void {
    const text = JSON.stringify(data);
    this.#events.push({ id, at, kind, text });
    this.#bytes += text.length;
    while (this.#events.length > 1 && (this.#events.length > this.#capacity || this.#bytes > MAX_BYTES))
      this.#bytes -= this.#events.shift()?.text.length ?? 0;
  }
}
