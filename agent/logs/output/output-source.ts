import type { Destination } from '../base/destination.ts';
import type { LogEvent } from '../base/log-event.ts';
import type { LogSource } from '../base/log-source.ts';
import { splitMessage } from '../base/message-parts.ts';
import { formatRecord } from '../base/record-format.ts';
import type { RecordFormat } from '../base/record-format.ts';
import type { OutputEvent } from './output-segment.ts';
import type { OutputSpool, SpoolStretch } from './output-spool.ts';

/** Before the first stretch, those of an earlier process included. */
const BEFORE_ALL = -Infinity;

/** What commands printed, out of the spool; events are numbered as they are read. */
export class OutputSource implements LogSource {
  readonly name: string;
  readonly destination: Destination;
  readonly #spool: OutputSpool;
  readonly #format: RecordFormat;
  #stretch: SpoolStretch | undefined;
  #taken = 0;
  #order = BEFORE_ALL;
  #number = 0;
  #acknowledged = 0;
  /** Read to the end, and not all acknowledged. */
  #read: { readonly order: number; readonly end: number }[] = [];

  constructor(name: string, destination: Destination, spool: OutputSpool, format: RecordFormat) {
    this.name = name;
    this.destination = destination;
    this.#spool = spool;
    this.#format = format;
  }

  async read(maxBytes: number): Promise<readonly LogEvent[]> {
    for (;;) {
      if (!this.#stretch) {
        this.#stretch = await this.#spool.next(this.#order);
        this.#taken = 0;
      }
      const stretch = this.#stretch;
      if (!stretch) return [];
      if (this.#taken < stretch.events.length) return this.#take(stretch, maxBytes);
      if (!stretch.isClosed()) return [];
      await this.#leave(stretch);
    }
  }

  acknowledge(end: number): void {
    this.#acknowledged = end;
    const stretch = this.#stretch;
    // Of one that is still open all is there that was written: it can go, and a new one begins.
    const over = end === this.#number && this.#taken === stretch?.events.length;
    void (over ? this.#leave(stretch) : this.#sweep());
  }

  close(): Promise<void> {
    return this.#spool.save();
  }

  #take({ events }: SpoolStretch, maxBytes: number): readonly LogEvent[] {
    const taken: LogEvent[] = [];
    for (let bytes = 0; bytes < maxBytes; this.#taken += 1) {
      const event = events[this.#taken];
      if (!event) break;
      bytes += event.size;
      for (const part of splitMessage(messageOf(event, this.#format))) {
        this.#number += 1;
        taken.push({ at: event.at, ...part, end: this.#number });
      }
    }
    return taken;
  }

  #leave({ order }: SpoolStretch): Promise<void> {
    this.#stretch = undefined;
    this.#order = order;
    this.#read.push({ order, end: this.#number });
    return this.#sweep();
  }

  async #sweep(): Promise<void> {
    const gone = this.#read.filter(({ end }) => end <= this.#acknowledged);
    this.#read = this.#read.filter(({ end }) => end > this.#acknowledged);
    await Promise.all(gone.map(({ order }) => this.#spool.remove(order)));
  }
}

function messageOf({ message, label, stream }: OutputEvent, format: RecordFormat): string {
  if (label === '') return message;
  const head = stream === 'stderr' ? `${label} stderr: ` : `${label}: `;
  return formatRecord(format, message, { label: head, fields: { source: label, stream } });
}
