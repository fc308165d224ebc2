import type { Fault } from '../kit/errors.ts';
import type { Release } from './manifest.ts';
import { parsePointer, printPointer } from './pointer.ts';

/** The key of a release's own record below the prefix: every release ever pointed to has one, so that any can come back. */
export function historyKey(releaseId: string): string {
  return `history/${releaseId}.json`;
}

/** A record is a pointer that was never moved: the same format, read by the same rules, and bound to its region. */
export function printHistory(region: string, release: Release): string {
  return printPointer({ region, stable: release });
}

export type ParsedHistory =
  | { readonly kind: 'valid'; readonly release: Release }
  | { readonly kind: 'invalid'; readonly fault: Fault };

/** Faults as `parsePointer`. */
export function parseHistory(bytes: Uint8Array, region: string, address: string): ParsedHistory {
  const parsed = parsePointer(bytes, region, address);
  return parsed.kind === 'valid' ? { kind: 'valid', release: parsed.pointer.stable } : parsed;
}
