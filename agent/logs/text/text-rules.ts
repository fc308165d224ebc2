import { MOST_EVENT_BYTES } from './event-limit.ts';
import type { TimeRules } from './event-time.ts';
import type { LinePattern } from './line-pattern.ts';

/** How the bytes of the files of one entry become events. */
export interface TextRules {
  /** A label of the WHATWG Encoding Standard, `utf-8` by default; see `openText` about marks. */
  readonly encoding: string;
  /** Bytes of UTF-8 that one event may have; at least 1024. */
  readonly maxEventBytes: number;
  /** What happens to a longer line: several events, or one and the rest is counted as lost. */
  readonly longLines: 'split' | 'truncate';
  readonly multiline?: Multiline;
  readonly time?: TimeRules;
}

/** Lines that are one event: those from a line that `starts` on, or up to a line that `ends`. */
export interface Multiline {
  readonly by: 'start' | 'end';
  readonly pattern: LinePattern;
}

export const PLAIN_TEXT: TextRules = {
  encoding: 'utf-8',
  maxEventBytes: MOST_EVENT_BYTES,
  longLines: 'split',
};
