import type { RegionOfAddress } from '#config-service';

/** Something in a file that ties it to a region, an account or an instance, before anyone asked whether it matters. */
export interface Sign {
  /** From 1; none when it is the file itself. */
  readonly line?: number;
  /** What follows the name of the file, such as `sets AWS_REGION to us-east-1`. */
  readonly says: string;
  readonly region?: string;
  /** The variable it sets. */
  readonly variable?: string;
  /** Worth saying only when nothing else is found in the file. */
  readonly isFallback?: boolean;
}

/** A file or folder as a judge gets to see it. */
export interface Subject {
  /** Inside the root. */
  readonly path: string;
  /** Undefined for a folder, and for what cannot be read. */
  readonly bytes: (headBytes?: number) => Buffer | undefined;
  /** By a table of address ranges, where there is one. */
  readonly regionOf?: RegionOfAddress;
}

export type Judge = (subject: Subject) => readonly Sign[];
