import type { Fault } from '../kit/errors.ts';
import type { Release } from './manifest.ts';
import { canonicalPointer, parsePointer, printPointer } from './pointer.ts';
import { canonicalOrigin, parseOrigin, type ReleaseOrigin } from './release-origin.ts';

/** The key of a release's own record below the prefix: every release ever pointed to has one, so that any can come back. */
export function historyKey(releaseId: string): string {
  return `history/${releaseId}.json`;
}

/**
 * A record is a pointer that was never moved: the same format, read by the same rules, and bound to its region. Its origin
 * stands beside the release and not in it: agents of before check a signature over the fields that they know.
 */
export function printHistory(region: string, release: Release, origin: ReleaseOrigin = {}): string {
  const known = canonicalOrigin(origin);
  if (known === undefined) return printPointer({ region, stable: release });
  return `${JSON.stringify({ ...canonicalPointer({ region, stable: release }), origin: known })}\n`;
}

export type ParsedHistory =
  | { readonly kind: 'valid'; readonly release: Release; readonly origin: ReleaseOrigin }
  | { readonly kind: 'invalid'; readonly fault: Fault };

/** Faults as `parsePointer`. */
export function parseHistory(bytes: Uint8Array, region: string, address: string): ParsedHistory {
  const parsed = parsePointer(bytes, region, address);
  if (parsed.kind !== 'valid') return parsed;
  return { kind: 'valid', release: parsed.pointer.stable, origin: parseOrigin(bytes) };
}
