import type { Generation, LayerContent, Sighted, VouchedObjects } from '#config-service';
import type { Outcome } from '#kit/outcome.ts';
import type { Change } from '../../apply/apply-work.ts';

/** An accepted generation that is to come into effect on this host. */
export interface ApplyOrder {
  readonly next: Generation;
  readonly before: Generation | undefined;
  /** With the plans, and with the files that they name. */
  readonly layers: readonly LayerContent[];
  /** What the release vouches for of all that lies outside of it. */
  readonly objects?: VouchedObjects;
  /**
   * Readers of the API see `next` from here on: called once, when the files are in place and before anything is reloaded.
   * @param rendered what the guard found in the files and let pass.
   */
  readonly flip: (rendered: Sighted) => void;
  /** Readers see what they saw before `flip`: called when the files were put back. */
  readonly flipBack: () => void;
}

/** Findings of a generation for which nothing is rendered. */
export const NOTHING_RENDERED: Sighted = { findings: [], shown: [] };

/** Brings what the plans say into this host, or leaves it as it was. */
export interface Applier {
  /** False when there is nothing to do for this generation, and nothing was done for one before. */
  concerns(next: Generation, layers: readonly LayerContent[]): boolean;
  /** What was changed. A failure is final for this content; a retry waits for something outside of it. */
  apply(order: ApplyOrder, signal: AbortSignal): Promise<Outcome<readonly Change[]>>;
}
