import type { FileRules } from '../files/file-rules.ts';
import type { NameTemplate } from '../names/name-template.ts';
import type { GroupWish } from '../sink/group-wish.ts';
import type { TimeRules } from '../text/event-time.ts';
import type { Multiline } from '../text/text-rules.ts';

/** One entry of `logs:` in a plan, read and checked. Times are milliseconds. */
export interface LogPlan {
  readonly name: string;
  readonly source: FileSettings | JournalSettings | OutputSettings | OwnLogSettings;
  readonly group: NameTemplate;
  readonly stream: NameTemplate;
  readonly wish: GroupWish;
  readonly sieve: SieveSettings;
}

export interface FileSettings {
  readonly kind: 'files';
  readonly rules: FileRules;
}

export interface JournalSettings {
  readonly kind: 'journal';
  /** Names of units, and patterns of names. */
  readonly units: readonly string[];
  /** 0 to 7: this and more urgent ones. */
  readonly priority: number | undefined;
  /** `FIELD=value`. */
  readonly matches: readonly string[];
  readonly namespace: string | undefined;
  readonly from: 'start' | 'end';
  /** What becomes of what another instance wrote before the disk came to this one. */
  readonly inherited: 'skip' | 'ship';
  readonly format: RecordFormat;
  /** Of the messages of one process, which are joined. */
  readonly multiline: Multiline | undefined;
  readonly flushMs: number;
  /** Of messages that bear a time of their own. */
  readonly time: TimeRules | undefined;
}

/**
 * What an event is made of that came with fields. `auto`: a message that is a JSON object as it is, any other behind its name, as
 * in syslog; `message`: the message alone; `json`: an object with the fields.
 */
export type RecordFormat = 'auto' | 'message' | 'syslog' | 'json';
export const RECORD_FORMATS = ['message', 'syslog', 'json'] as const;

/** What scripts and hooks print. */
export interface OutputSettings {
  readonly kind: 'output';
  readonly format: RecordFormat;
}

/** The agent's own records. */
export interface OwnLogSettings {
  readonly kind: 'agent';
}

/** What happens to events between source and stream. */
export interface SieveSettings {
  /** RE2 patterns. When there are any, an event must match one. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly redact: readonly string[];
  /** RE2 patterns whose matches are replaced. */
  readonly redactPatterns: readonly string[];
  /** Older events are left out. */
  readonly maxAgeMs: number | undefined;
  /** What becomes of events that AWS would reject for their age: `restamp` gives them the time of now. */
  readonly outOfRange: 'reject' | 'restamp';
}
