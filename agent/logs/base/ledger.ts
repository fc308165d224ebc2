/** Events and their bytes of UTF-8. */
export interface Amount {
  readonly events: number;
  readonly bytes: number;
}

/** Why AWS took a batch but not this event of it (PutLogEvents, `rejectedLogEventsInfo`). */
export type RejectionCause = 'tooOld' | 'tooNew' | 'expired';

/** One event that AWS refused by itself; never its text. */
export interface QuarantinedEvent {
  readonly at: number;
  readonly bytes: number;
  /** Where it ends in its source. */
  readonly end: number;
  /** The code AWS refused it with. */
  readonly code: string;
}

export interface LedgerDocument {
  readonly read: Amount;
  readonly acknowledged: Amount;
  readonly filtered: Amount;
  readonly rejected: Readonly<Record<RejectionCause, Amount>>;
  readonly quarantined: Amount;
  readonly lost: Readonly<Record<string, Amount>>;
  readonly inFlight: Amount;
  readonly samples: readonly QuarantinedEvent[];
}

/** Enough to find the writer of bad events; more say the same. */
const MOST_SAMPLES = 5;

/** A cause is one of a few names of ours; a defect must not grow a ledger without end. */
const MOST_CAUSES = 16;

interface Sum {
  events: number;
  bytes: number;
}

/**
 * Where everything that was read has gone: each event is in exactly one place, so that
 * read = acknowledged + filtered + rejected + quarantined + lost + inFlight, in events and in bytes. What was lost before
 * it could be read counts as read, too.
 */
export class Ledger {
  readonly #total: Ledger | undefined;
  readonly #read = sum();
  readonly #acknowledged = sum();
  readonly #filtered = sum();
  readonly #quarantined = sum();
  readonly #rejected = { tooOld: sum(), tooNew: sum(), expired: sum() };
  readonly #lost = new Map<string, Sum>();
  #samples: readonly QuarantinedEvent[] = [];

  /** @param total counts all of it as well, and goes on when this one is over: of a file in its entry. */
  constructor(total?: Ledger) {
    this.#total = total;
  }

  read(bytes: number): void {
    this.#take(1, bytes);
  }

  acknowledged(bytes: number): void {
    add(this.#acknowledged, 1, bytes);
    this.#total?.acknowledged(bytes);
  }

  filtered(bytes: number): void {
    add(this.#filtered, 1, bytes);
    this.#total?.filtered(bytes);
  }

  rejected(cause: RejectionCause, bytes: number): void {
    add(this.#rejected[cause], 1, bytes);
    this.#total?.rejected(cause, bytes);
  }

  quarantined(event: QuarantinedEvent): void {
    add(this.#quarantined, 1, event.bytes);
    if (this.#samples.length < MOST_SAMPLES) this.#samples = [...this.#samples, event];
    this.#total?.quarantined(event);
  }

  /** Counts as lost what was counted as `read` before. */
  lost(cause: string, events: number, bytes: number): void {
    const known = this.#lost.has(cause) || this.#lost.size < MOST_CAUSES ? cause : 'other';
    const total = this.#lost.get(known) ?? sum();
    add(total, events, bytes);
    this.#lost.set(known, total);
    this.#total?.lost(cause, events, bytes);
  }

  /** Counts as lost what could never be read. */
  lostUnread(cause: string, events: number, bytes: number): void {
    this.#take(events, bytes);
    this.lost(cause, events, bytes);
  }

  document(): LedgerDocument {
    const settled = [
      this.#acknowledged,
      this.#filtered,
      this.#quarantined,
      ...Object.values(this.#rejected),
      ...this.#lost.values(),
    ];
    const inFlight = { ...this.#read };
    for (const { events, bytes } of settled) add(inFlight, -events, -bytes);
    const { tooOld, tooNew, expired } = this.#rejected;
    return {
      read: { ...this.#read },
      acknowledged: { ...this.#acknowledged },
      filtered: { ...this.#filtered },
      rejected: { tooOld: { ...tooOld }, tooNew: { ...tooNew }, expired: { ...expired } },
      quarantined: { ...this.#quarantined },
      lost: Object.fromEntries([...this.#lost].map(([cause, amount]) => [cause, { ...amount }])),
      inFlight,
      samples: this.#samples,
    };
  }

  #take(events: number, bytes: number): void {
    add(this.#read, events, bytes);
    if (this.#total) this.#total.#take(events, bytes);
  }
}

function sum(): Sum {
  return { events: 0, bytes: 0 };
}

function add(to: Sum, events: number, bytes: number): void {
  to.events += events;
  to.bytes += bytes;
}
