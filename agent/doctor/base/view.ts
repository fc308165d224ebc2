import type { RegionOfAddress } from '#config-service';
import type { DoctorFinding } from './finding.ts';

/** From where a host is looked at. */
export interface View {
  /** The region that may be named. `unknown`: nobody says which. `none`: what is here goes to any region. */
  readonly home:
    | { readonly kind: 'region'; readonly region: string }
    | { readonly kind: 'unknown' }
    | { readonly kind: 'none' };
  /** A disk nobody runs from, or the one that an image is made of next. */
  readonly isImage: boolean;
  /** A disk of another machine: this host's own programs know nothing of it. */
  readonly isMounted?: boolean;
  /** Identifier of the instance that runs here. */
  readonly instanceId?: string;
  /** By a table of address ranges, where there is one. */
  readonly regionOf?: RegionOfAddress;
  /** $HOME of this process, when this host is looked at. */
  readonly ownHome?: string;
}

/**
 * How much a place weighs.
 * - `follows`: programs go where it says.
 * - `names`: it leads nobody by itself, but has no business on another region's disk.
 * - `instance`: it belongs to one instance, so to one region.
 * - `trace`: a copy of it is untidy and leads nobody.
 */
export type Weight = 'follows' | 'names' | 'instance' | 'trace';

/** Undefined: in order. */
export function levelOf(
  weight: Weight,
  sign: { readonly region?: string; readonly variable?: string },
  { home }: View,
): Exclude<DoctorFinding['level'], 'ok' | 'note'> | undefined {
  if (weight === 'trace') return 'warning';
  if (weight === 'instance') return home.kind === 'none' ? 'failure' : 'warning';
  if (sign.region === undefined || home.kind === 'unknown') return 'warning';
  if (home.kind === 'none') return 'failure';
  // A variable that is right today is wrong on the day an image of this host starts elsewhere.
  if (sign.region === home.region) return sign.variable === undefined ? undefined : 'warning';
  return weight === 'follows' ? 'failure' : 'warning';
}
