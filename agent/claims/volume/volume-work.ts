import type { ClaimChange, ClaimsHost } from '../base/claims-host.ts';
import type { ClaimsMemory } from '../base/claims-memory.ts';
import type { Ec2 } from '../ec2/ec2.ts';

/** One claim of a volume under way. */
export interface VolumeWork {
  readonly host: ClaimsHost;
  readonly ec2: Ec2;
  readonly memory: ClaimsMemory;
  /** `claims.volumes.NAME`. */
  readonly entry: string;
  readonly signal: AbortSignal;
  /** What was done so far; more is added. */
  readonly changes: ClaimChange[];
}
