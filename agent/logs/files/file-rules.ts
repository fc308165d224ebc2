import type { TextRules } from '../text/text-rules.ts';
import { PLAIN_TEXT } from '../text/text-rules.ts';
import type { Globs } from './glob.ts';

/** What one entry of the plan says about its files. Times in milliseconds. */
export interface FileRules {
  readonly globs: Globs;
  readonly text: TextRules;
  /** What files hold that are there when the entry is new: all of it, or nothing. */
  readonly startAt: 'beginning' | 'end';
  /** Of files that were last written to longer ago, only what is added is read. */
  readonly ignoreOlderMs: number | undefined;
  /** What becomes of what another instance wrote before the disk came to this one. */
  readonly inherited: 'skip' | 'ship';
  /** So long without growth, and what is not complete is an event all the same. */
  readonly flushMs: number;
  /** At least every so often the disk is looked at; hints shorten it. */
  readonly pollMs: number;
  /** A renamed file is let go when nothing was written to it for so long. */
  readonly rotatedQuietMs: number;
  /** So much sooner it is no longer held open, once another file of its path is written to: its name is looked at instead. */
  readonly rotatedHoldMs: number;
  /** Quiet time after which a deleted file is let go; its space is in use until then. */
  readonly deletedQuietMs: number;
  /** So long a deleted file is kept for what could not be read of it yet; then that is lost, and counted (case 6). */
  readonly deletedHoldMs: number;
}

export const DEFAULT_FILE_RULES: Omit<FileRules, 'globs'> = {
  text: PLAIN_TEXT,
  startAt: 'beginning',
  ignoreOlderMs: undefined,
  inherited: 'skip',
  flushMs: 5_000,
  pollMs: 1_000,
  rotatedQuietMs: 300_000,
  rotatedHoldMs: 30_000,
  deletedQuietMs: 10_000,
  deletedHoldMs: 3_600_000,
};
