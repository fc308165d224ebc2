import type { LayerFile, StoreAddress } from '#config-service';
import type { Clock, Random } from '#kit/clock.ts';
import type { Outcome } from '#kit/outcome.ts';
import type { AwsCalls } from '../aws/aws-calls.ts';
import type { Pin } from '../aws/pin.ts';

/** What a store of AWS is read with, page by page. */
export interface PagedStoreParts {
  readonly aws: AwsCalls;
  readonly pin: Pin;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a store had at one reading. */
export interface StoreReading {
  /** Empty: the store is there and has nothing below the address. */
  readonly files: readonly LayerFile[];
  /** As the store counts all of it; undefined where it counts entries one by one, or not at all. */
  readonly version?: string;
  /** By which the next reading asks whether something changed. */
  readonly mark?: string;
  /** Entries whose text the secrets of this instance have to be read for, by name and version. */
  readonly secrets?: string;
}

/** Reads one layer whole, or says why not. Makes no more of a passing failure than its own pages need. */
export type ReadStore = (
  previous: StoreReading | undefined,
  signal: AbortSignal,
) => Promise<Outcome<StoreReading>>;

export type AddressOf<Kind extends StoreAddress['kind']> = Extract<StoreAddress, { readonly kind: Kind }>;
