import type { GetResult } from '#config-service';
import { fail, retry, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import type { ApplyHost, Change } from '../apply-work.ts';
import type { RunnerFor } from '../deploy/archive-inspection.ts';
import type { Redact } from '../redaction.ts';
import type { InitConfig } from './config.ts';
import type { Progress } from './progress.ts';

/**
 * An object of this region's S3, by `s3://bucket/key`. Bound to the region like every other call; answers as
 * `ObjectStore.get` does.
 */
export type FetchObject = (
  url: string,
  options: {
    readonly ifNoneMatch?: string;
    readonly maxBytes: number;
    readonly signal: AbortSignal;
    /** The account that must own the bucket; left out: the one of the settings. */
    readonly owner?: string;
  },
) => Promise<Outcome<GetResult>>;

/** One config on its way into this host, for a section to work on. */
export interface ConfigRun {
  readonly host: ApplyHost;
  /** Name of the document in the plan. */
  readonly document: string;
  /** See `PreparedDocument`. */
  readonly digest: string;
  /** Absolute paths of files that keep setuid, setgid and their owner when an archive brings them. */
  readonly setuid: readonly string[];
  /** For a child whose output is no output for the journal. */
  readonly runnerFor: RunnerFor;
  readonly config: InitConfig;
  readonly progress: Progress;
  /** Environment of queries and commands: `PATH` at least, and `facts`. */
  readonly environment: Readonly<Record<string, string>>;
  /** `LANDFALL_REGION` and the like: no `env` of a command can say otherwise (law 1). */
  readonly facts: Readonly<Record<string, string>>;
  readonly fetch: FetchObject;
  /** A folder of this run's own, mode 0700, gone when it ends. */
  readonly scratch: string;
  /** Takes secrets out of what children wrote, before it goes into an error. */
  readonly redact: Redact;
  readonly preview: boolean;
  /** Nothing is in effect on this host yet. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal;
}

/** Something that is not as it should be, and what mends it. */
export interface Task {
  /** Without the entry, which is the document's. */
  readonly changes: readonly Omit<Change, 'entry'>[];
  /** As `triggerOf` writes them: what services may wait for. */
  readonly triggers: readonly string[];
  act(): Promise<Outcome<void>>;
}

/**
 * One section of a config: looks at the host, changes nothing, and yields what has to be done. The next look comes after
 * the task before was done (in a preview: was not done).
 */
export type Section = (run: ConfigRun) => AsyncGenerator<Outcome<Task>>;

/** `init.web config/files//etc/motd`, for errors and events. */
export function placeOf(run: ConfigRun, section: string, key?: string): string {
  return [`init.${run.document} ${run.config.name}/${section}`, ...(key === undefined ? [] : [key])].join(
    '/',
  );
}

/** The key of a thing in `Progress`. */
export function progressKey(run: ConfigRun, section: string, key: string): string {
  return `init/${run.document}/${run.config.name}/${section}/${key}`;
}

/** While nothing is in effect an object may still be on its way; later it refuses what names it. */
export function absentObject(place: string, url: string, isFirst: boolean): Fail | Retry {
  const absent = initFault(place, `there is no ${url}`, 'Put it there, or correct the document.');
  return isFirst ? retry(absent.fault) : absent;
}

export function initFault(subject: string, cause: string, hint: string): Fail {
  return fail({ code: 'LF_INIT', operation: 'apply', subject, cause, hint });
}
