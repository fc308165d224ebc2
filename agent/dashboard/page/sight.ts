import type { AgentEvent, GenerationSummary, Identity, Layer, Readiness, Status } from './documents.ts';
import type { Row } from './rows.ts';

/** What is known of the agent at this moment. Undefined: not asked yet, or not to be had. */
export interface Sight {
  /** Epoch ms of the browser since when nothing answers; undefined: it does. */
  readonly lostAt: number | undefined;
  readonly status: Status | undefined;
  readonly readiness: Readiness | undefined;
  readonly identity: Identity | undefined;
  readonly layers: readonly Layer[];
  readonly generations: readonly GenerationSummary[];
  readonly rows: readonly Row[] | undefined;
  readonly events: readonly AgentEvent[];
  /** How far the clock of the agent is before the browser's, in ms. */
  readonly ahead: number;
  /** What the token that was given is good for; `unknown` is one that does not write, and may yet read. */
  readonly access: 'none' | 'unknown' | 'writes';
}
