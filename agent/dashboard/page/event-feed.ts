import { EVENT_KINDS, type AgentEvent } from './documents.ts';

/** As many as the page remembers. */
const MOST_EVENTS = 500;
const AGAIN_MS = 5000;

/** What happens, as it happens: newest first. */
export class EventFeed {
  #source: EventSource | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #events: readonly AgentEvent[] = [];
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get events(): readonly AgentEvent[] {
    return this.#events;
  }

  /** From the beginning of what the agent remembers. */
  open(): void {
    this.#events = [];
    this.resume();
  }

  /**
   * Goes on behind the newest event that is known. A browser has six connections to one place for all its tabs, and this
   * takes one: a page that nobody sees has to pause, or the seventh tab waits for ever.
   */
  resume(): void {
    this.pause();
    const source = new EventSource(`/v1/events?since=${this.#events[0]?.id ?? 0}`);
    this.#source = source;
    for (const kind of EVENT_KINDS)
      source.addEventListener(kind, (message) => this.#take(kind, message as MessageEvent<string>));
    // A browser connects again by itself after a cut, and not after a refusal, such as that of a full house.
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED || source !== this.#source) return;
      this.#again = setTimeout(() => this.resume(), AGAIN_MS);
    });
  }

  pause(): void {
    this.#source?.close();
    this.#source = undefined;
    clearTimeout(this.#again);
  }

  #take(kind: string, { data, lastEventId }: MessageEvent<string>): void {
    const id = Number(lastEventId);
    if (this.#events.some((event) => event.id === id)) return;
    const event: AgentEvent = { id, kind, data: JSON.parse(data) as AgentEvent['data'] };
    this.#events = [event, ...this.#events].slice(0, MOST_EVENTS);
    this.#onChange();
  }
}
