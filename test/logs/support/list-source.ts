import type { Destination } from '#agent/logs/base/destination.ts';
import type { LogEvent } from '#agent/logs/base/log-event.ts';
import type { LogSource } from '#agent/logs/base/log-source.ts';

/** A source out of a list; what is acknowledged is remembered, as a disk would. */
export class ListSource implements LogSource {
  readonly name: string;
  readonly destination: Destination;
  readonly acknowledgements: number[] = [];
  #events: LogEvent[] = [];
  #end = 0;
  isClosed = false;

  constructor(destination: Destination, name = 'list') {
    this.name = name;
    this.destination = destination;
  }

  /** Ends are 1, 2, 3 and so on. */
  add(at: number, ...messages: readonly string[]): void {
    for (const message of messages) {
      this.#end += 1;
      this.#events.push({ at, message, size: Buffer.byteLength(message), end: this.#end });
    }
  }

  get acknowledged(): number {
    return this.acknowledgements.at(-1) ?? 0;
  }

  read(maxBytes: number): Promise<readonly LogEvent[]> {
    let bytes = 0;
    let count = 0;
    while (count < this.#events.length && bytes < maxBytes) {
      bytes += this.#events[count]?.size ?? 0;
      count += 1;
    }
    const taken = this.#events.slice(0, count);
    this.#events = this.#events.slice(count);
    return Promise.resolve(taken);
  }

  acknowledge(end: number): void {
    this.acknowledgements.push(end);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}
