/** In milliseconds since this process was started: of the clock, and of processor time, user and system together. */
export interface Moment {
  readonly ms: number;
  readonly cpuMs: number;
}

/**
 * What a boot goes through, in about this order; some go on beside each other.
 * - `process`: Node, until the script has the word; `modules`: the script, arguments and settings.
 * - `metadata`: the identity, and beside it the state folder; `fence`; `state`: what an earlier boot left, and wiring.
 * - `credentials`, `tags`; `S3` or `folder`: the layers; `api`: socket and port.
 * - `resolve`: merged, interpolated, judged, secrets read; `plan`: applied to this host.
 */
export type BootPhase =
  | 'process'
  | 'modules'
  | 'metadata'
  | 'fence'
  | 'state'
  | 'credentials'
  | 'tags'
  | 'S3'
  | 'folder'
  | 'api'
  | 'resolve'
  | 'plan';

/** `boot` of the status; times in milliseconds since the process was started. */
export interface BootDocument {
  /** Null until then. */
  readonly readyMs: number | null;
  readonly cpuMs: number | null;
  readonly phases: readonly {
    readonly name: BootPhase;
    readonly fromMs: number;
    readonly tookMs: number;
    /** Null before there was anybody to ask. */
    readonly cpuMs: number | null;
  }[];
}

interface Span {
  readonly from: Moment;
  readonly until: Moment;
}

/** Where the time of a boot goes. A phase that is tried again lasts from its first beginning to its last end. */
export class BootTimes {
  readonly #now: () => Moment;
  readonly #spans = new Map<BootPhase, Span>();
  #running = 0;
  #isOver = false;
  #ready: Moment | undefined;

  /** @param scriptAtMs when Node gave the script the word; that of the processor is not known. */
  constructor(now: () => Moment, scriptAtMs: number) {
    this.#now = now;
    const began = { ms: 0, cpuMs: NaN };
    const script = { ms: scriptAtMs, cpuMs: NaN };
    this.#spans.set('process', { from: began, until: script });
    this.#spans.set('modules', { from: script, until: now() });
  }

  /** For what is begun ahead of the work that is waited for. */
  begin(phase: BootPhase): void {
    if (this.#isOver || this.#spans.has(phase)) return;
    const from = this.#now();
    this.#spans.set(phase, { from, until: from });
  }

  async during<T>(phase: BootPhase, work: () => Promise<T>): Promise<T> {
    // For the rest of its life a daemon does these things, too.
    if (this.#isOver) return work();
    const from = this.#spans.get(phase)?.from ?? this.#now();
    this.#running += 1;
    try {
      return await work();
    } finally {
      const until = this.#now();
      this.#spans.set(phase, { from, until });
      this.#running -= 1;
      if (this.#isOver && this.#running === 0) this.#ready ??= until;
    }
  }

  /** The first generation is in effect. Ready is who can be asked as well: what is under way is waited for. */
  over(): void {
    this.#isOver = true;
    if (this.#running === 0) this.#ready ??= this.#now();
  }

  /** `boot` of the status. */
  get document(): BootDocument {
    return {
      readyMs: this.#ready ? rounded(this.#ready.ms) : null,
      cpuMs: this.#ready ? rounded(this.#ready.cpuMs) : null,
      phases: [...this.#spans]
        .toSorted(([, a], [, b]) => a.from.ms - b.from.ms)
        .map(([name, { from, until }]) => {
          const cpuMs = until.cpuMs - from.cpuMs;
          return {
            name,
            fromMs: rounded(from.ms),
            tookMs: rounded(until.ms - from.ms),
            cpuMs: Number.isNaN(cpuMs) ? null : rounded(cpuMs),
          };
        }),
    };
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
