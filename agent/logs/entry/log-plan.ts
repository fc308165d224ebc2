import type { FileRules } from '../files/file-rules.ts';
import type { NameTemplate } from '../names/name-template.ts';
import type { LogGroupSpec } from '../sink/log-group-spec.ts';
import type { RecordFormat } from '../base/record-format.ts';
import type { TimeRules } from '../text/event-time.ts';
import type { PatternRule } from '../text/pattern-match.ts';
import type { Multiline } from '../text/text-rules.ts';

/** One entry of `logs:` in a plan, read and checked. Times are milliseconds. */
export interface LogPlan {
  readonly name: string;
  readonly source: FileSettings | JournalSettings | OutputSettings | OwnLogSettings | EmfSettings;
  readonly group: NameTemplate;
  readonly stream: NameTemplate;
  readonly wish: LogGroupSpec;
  readonly filter: FilterSettings;
  readonly patterns: readonly PatternRule[];
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
  /** Rules by which messages of one process are joined. */
  readonly multiline: Multiline | undefined;
  readonly flushMs: number;
  /** Rules for messages that bear a time of their own. */
  readonly time: TimeRules | undefined;
}

/** What scripts and hooks print. */
export interface OutputSettings {
  readonly kind: 'output';
  readonly format: RecordFormat;
}

/** Documents of the embedded metric format, over TCP and UDP. */
export interface EmfSettings {
  readonly kind: 'emf';
  /** Loopback address that it listens on. */
  readonly address: { readonly host: string; readonly port: number };
}

/** The agent's own records. */
export interface OwnLogSettings {
  readonly kind: 'agent';
}

/** What happens to events between source and stream. */
export interface FilterSettings {
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
