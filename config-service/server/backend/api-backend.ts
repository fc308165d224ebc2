import type { Outcome } from '../../kit/outcome.ts';
import type { Generation, GenerationDiff, GenerationSummary, LayerReport } from '../../generation.ts';
import type { EventLog } from './event-log.ts';

/** A JSON document whose exact fields belong to whoever provides it. */
export type Document = Readonly<Record<string, unknown>>;

/** OpenMetrics 1.0, or the text format 0.0.4 that `promtool check metrics` and older scrapers read. Both end with `# EOF`. */
export type ExpositionFormat = 'openmetrics' | 'text';

export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  /** What a ready instance waits for all the same, one line each. */
  readonly waits?: readonly string[];
}

export interface Freshness {
  /** Epoch ms of the last check of the source that succeeded; undefined before the first. */
  readonly checkedAt: number | undefined;
  /** True while the last check of the source did not succeed. */
  readonly stale: boolean;
}

export interface OverrideRequest {
  readonly key: string;
  readonly value: string;
  readonly forMs: number;
  readonly reason: string;
}

/** What the local API asks of the agent behind it. Reads are synchronous: they never wait for the network. */
export interface ApiBackend {
  generation(): Generation | undefined;
  readiness(): Readiness;
  freshness(): Freshness;
  identity(): Document;
  status(): Document;
  /** The active generation's layers in order, weakest first; before the first generation, the order alone. */
  layers(): readonly LayerReport[];
  generations(): readonly GenerationSummary[];
  /** What changed from generation `n - 1` to `n`; undefined when `n` is not remembered. */
  diff(number: number): GenerationDiff | undefined;
  /**
   * True for keys whose values in the active generation must read `[redacted]` unless the request is authorized: secrets,
   * and every key whose value was interpolated from one. Constant within a generation.
   */
  isSecret(key: string): boolean;
  /**
   * Grows whenever readers see another generation, also when one is taken back: the greater of the one before plus 1 and the
   * epoch ms of the activation, so that it goes on growing over restarts. At least 1 once there is a generation.
   */
  revision(): number;
  /** Epoch ms at which the key last changed its value; undefined when that is older than what is remembered. */
  since(key: string): number | undefined;
  /** The agent's metrics; see `ExpositionFormat`. */
  metrics(format: ExpositionFormat): string;
  /** Polls now; resolves when the outcome of that poll is known. */
  refresh(): Promise<Outcome<Document>>;
  setOverride(request: OverrideRequest): Promise<Outcome<Document>>;
  unsetOverride(key: string): Promise<Outcome<Document>>;
  /** Resolves true as soon as the digest differs from `digest` (at once if it does), false when `signal` aborts first. */
  changed(digest: string, signal: AbortSignal): Promise<boolean>;
  readonly events: EventLog;
}
