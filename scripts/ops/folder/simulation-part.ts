import type { AllowEntry } from '#config-service';
import type { Problem } from '#kit/errors.ts';

/** What an instance would find in its plan between accepting a configuration and changing the first thing. */
export interface Simulation {
  /** Why it would go no further. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** What excused something that is rendered. */
  readonly usedAllow: ReadonlySet<AllowEntry>;
  /** False where something could not be rendered or read: what an allow entry is for may be in there. */
  readonly complete: boolean;
  /** Files that were judged as they come out, such as `base/templates/nginx.conf`. */
  readonly judged: readonly string[];
}

/** One part of a simulation. */
export type Part = Partial<Simulation>;
