import { isRecord } from '#kit/is-record.ts';
import type { JournalPlace } from '../across/journal.ts';
import type { Runbook } from './runbook.ts';

/** What a move must know that nobody can see once it is under way. Where things stand is read, never noted. */
export interface CutoverEntry {
  readonly version: 1;
  /** `undoing`: it failed after the switch and is on its way back; `returning`: an operator wants it back. */
  readonly phase: 'moving' | 'undoing' | 'returning' | 'moved' | 'returned';
  /** Seconds: what the record had before it was lowered. */
  readonly oldTtl?: number;
  /** Epoch ms, when the change was seen to be there. */
  readonly loweredAt?: number;
  /** Digest of the text that users were told (`noticeDigest`). */
  readonly told?: string;
  /** Epoch ms: until when the flag of maintenance holds by itself; gone once it was taken away. */
  readonly closedUntil?: number;
  /** When each step was first seen to be done, epoch ms. */
  readonly doneAt: Readonly<Record<string, number>>;
  readonly why?: string;
}

export function cutoverPlace(folder: string, { service, from, to }: Runbook): JournalPlace {
  return { folder, name: `cutover/${service}/${from}.${to}` };
}

export function readCutoverEntry(document: unknown): CutoverEntry | undefined {
  if (!isRecord(document) || document['version'] !== 1 || !isRecord(document['doneAt'])) return undefined;
  const { phase, oldTtl, loweredAt, closedUntil } = document;
  if (!['moving', 'undoing', 'returning', 'moved', 'returned'].includes(String(phase))) return undefined;
  return [oldTtl, loweredAt, closedUntil].every(isTime) ? (document as unknown as CutoverEntry) : undefined;
}

function isTime(value: unknown): boolean {
  return value === undefined || typeof value === 'number';
}
