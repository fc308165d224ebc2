import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isRecord } from '#kit/is-record.ts';
import type { JournalPlace } from '../across/journal.ts';
import type { BakeRequest } from './bake-request.ts';

/**
 * `making`: a volume is on its way, as the base has it. `provisioning`: it is no longer what the base was, nor yet what the image
 * is to be. `sealed`: it is, and only EC2 has work left. `registered`: only the volume is left to remove. `undoing`: all goes.
 */
export type BakePhase = 'making' | 'provisioning' | 'sealed' | 'registered' | 'undoing';

/** What one attempt must know that EC2 does not show. Where things are is read, never noted. */
export interface BakeEntry {
  readonly version: 1;
  readonly phase: BakePhase;
  /** As `bakeId` gives it. */
  readonly id: string;
  /** As `requestDigest` gives it. */
  readonly request: string;
  /** The token of this attempt's volume: another one for each, for EC2 answers a token with the volume it once made for it. */
  readonly token: string;
  readonly createdAt: string;
  readonly builder: string;
  readonly volume?: string;
  readonly device?: string;
  /** Where the volume's root is mounted on this machine. */
  readonly mountPoint?: string;
  readonly snapshot?: string;
  readonly image?: string;
  readonly findings?: number;
  readonly digest?: string | null;
}

/** Names of images hold slashes and blanks, and may be longer than a file's. */
export function journalPlace(folder: string, region: string, name: string): JournalPlace {
  const short = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return { folder, name: `bake/${region}/${short}` };
}

/** Beside the journal, which tells of it after a kill. */
export function mountPointOf(folder: string, { region, name }: Pick<BakeRequest, 'region' | 'name'>): string {
  const place = journalPlace(folder, region, name);
  return join(place.folder, place.name, 'root');
}

const PHASES: readonly string[] = ['making', 'provisioning', 'sealed', 'registered', 'undoing'];

/** The entry, or undefined for what this version did not write. */
export function readBakeEntry(document: unknown): BakeEntry | undefined {
  if (!isRecord(document) || document['version'] !== 1) return undefined;
  const texts = ['phase', 'id', 'request', 'token', 'createdAt', 'builder'];
  if (texts.some((key) => typeof document[key] !== 'string')) return undefined;
  return PHASES.includes(String(document['phase'])) ? (document as unknown as BakeEntry) : undefined;
}
