import type { Clock } from '../kit/clock.ts';

export type EventKind =
  | 'generation'
  | 'refused'
  | 'relocated'
  | 'source'
  | 'applied'
  | 'override'
  | 'termination';

/** Something that happened. `data` names keys, codes and digests, never values. */
export interface AgentEvent {
  readonly id: number;
  readonly at: number;
  readonly kind: EventKind;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The last events of this process, bounded, with subscribers. */
export class EventLog {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #events: AgentEvent[] = [];
  readonly #listeners = new Set<(event: AgentEvent) => void>();
  #nextId = 1;

  constructor(clock: Clock, capacity = 1000) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  record(kind: EventKind, data: Readonly<Record<string, unknown>>): void {
    const event: AgentEvent = { id: this.#nextId, at: this.#clock.now(), kind, data };
    this.#nextId += 1;
    this.#events.push(event);
    if (this.#events.length > this.#capacity) this.#events.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** The id of the newest event; 0 before the first. */
  get lastId(): number {
    return this.#nextId - 1;
  }

  /** Remembered events with an id above `id`, oldest first. */
  since(id: number): readonly AgentEvent[] {
    return this.#events.filter((event) => event.id > id);
  }

  /** Calls `listener` for each new event until the returned function is called. */
  subscribe(listener: (event: AgentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
