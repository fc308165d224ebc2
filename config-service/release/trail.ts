import { isRecord } from '../kit/is-record.ts';
import { isIsoTime } from '../kit/iso-time.ts';
import { isReleaseName, releaseDigest, type Release } from './manifest.ts';
import { ProblemList } from './problem-list.ts';
import { canonicalSignatures, parseSignatures, type ReleaseSignature } from './signature.ts';

/** What became of a release that a region does not run any more. Only `replaced` ran to the end, and is a way back. */
export type Fate = 'replaced' | 'halted' | 'ended' | 'rolled-back';

export interface PastRelease {
  readonly release: string;
  /** Which files it had (`contentId`), whatever it was called: the same folder published again is told by it. */
  readonly content: string;
  readonly fate: Fate;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly reason?: string;
  /** Who says that he did it; nobody proves it. */
  readonly by?: string;
}

/**
 * What ran before what runs, newest first, one entry a release: clocks and names of releases do not tell. For operators'
 * commands; an instance never reads it.
 */
export interface Trail {
  readonly past: readonly PastRelease[];
  /** Who vouches for it, beside the signatures of the pointer: agents that do not know a trail go on checking those. */
  readonly signatures?: readonly ReleaseSignature[];
}

/** Some 200 bytes each, which every instance reads when the pointer moves. */
const MAX_PAST = 100;
const MAX_TEXT = 200;
const FATES: ReadonlySet<unknown> = new Set<Fate>(['replaced', 'halted', 'ended', 'rolled-back']);

export function contentId({ layers, objects }: Pick<Release, 'layers' | 'objects'>): string {
  return releaseDigest({ id: '', createdAt: '', layers, ...(objects ? { objects } : {}) }).slice(0, 16);
}

/** One entry a release, the newest first, within bounds. */
export function boundedPast(entries: readonly PastRelease[]): readonly PastRelease[] {
  const newest = new Map<string, PastRelease>();
  for (const entry of entries) if (!newest.has(entry.release)) newest.set(entry.release, entry);
  return [...newest.values()].slice(0, MAX_PAST).map(({ reason, by, ...rest }) => ({
    ...rest,
    ...(reason === undefined ? {} : { reason: reason.slice(0, MAX_TEXT) }),
    ...(by === undefined ? {} : { by: by.slice(0, MAX_TEXT) }),
  }));
}

/** With fields in a fixed order. */
export function canonicalPast(past: readonly PastRelease[]): readonly object[] {
  return past.map(({ release, content, fate, at, reason, by }) => ({
    release,
    content,
    fate,
    at,
    ...(reason === undefined ? {} : { reason }),
    ...(by === undefined ? {} : { by }),
  }));
}

export function canonicalTrail({ past, signatures = [] }: Trail): object {
  return {
    past: canonicalPast(past),
    ...(signatures.length > 0 ? { signatures: canonicalSignatures(signatures) } : {}),
  };
}

/** Undefined for what is no trail: no instance must refuse a release for what only operators read. */
export function parseTrail(value: unknown): Trail | undefined {
  if (!isRecord(value) || !Array.isArray(value['past'])) return undefined;
  const problems = new ProblemList();
  const signatures = parseSignatures(value['signatures'], 'trail.signatures', problems);
  const entries = value['past'].slice(0, MAX_PAST) as readonly unknown[];
  const past = entries.flatMap((entry) => parsePast(entry) ?? []);
  if (past.length !== entries.length || !problems.empty) return undefined;
  return { past, ...(signatures.length > 0 ? { signatures } : {}) };
}

function parsePast(entry: unknown): PastRelease | undefined {
  const { release, content, fate, at, reason, by } = isRecord(entry) ? entry : {};
  if (typeof release !== 'string' || !isReleaseName(release)) return undefined;
  if (typeof content !== 'string' || !/^[0-9a-f]{16}$/.test(content) || !isFate(fate)) return undefined;
  if (typeof at !== 'string' || !isIsoTime(at)) return undefined;
  return {
    release,
    content,
    fate,
    at,
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof by === 'string' ? { by } : {}),
  };
}

function isFate(value: unknown): value is Fate {
  return FATES.has(value);
}
