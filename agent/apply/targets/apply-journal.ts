import type { CommandLine } from '../../plan/plan.ts';
import type { FileImage } from './file-image.ts';

/** A target as it was left by the last change: how a file whose entry is gone is known, and an edited one. */
export interface ManagedTarget {
  /** Such as `templates.nginx`. */
  readonly name: string;
  /** Real path. */
  readonly path: string;
  readonly sha256: string;
  readonly reload: CommandLine | undefined;
  readonly timeoutMs: number;
}

/**
 * What the failure of a reload means. `all`: the whole change is undone; `own`: only the independent targets that asked
 * for it are; `owed`: it is owed further on; `none`: the service may have gone together with its file.
 */
export type ReloadWeight = 'all' | 'own' | 'owed' | 'none';

export interface ReloadLine {
  readonly line: CommandLine;
  readonly timeoutMs: number;
  /** Names of the targets that asked for it. */
  readonly names: readonly string[];
  readonly weight: ReloadWeight;
}

/** One file on its way from what was to what shall be; undefined: no file. */
export interface FileChange {
  readonly name: string;
  readonly path: string;
  readonly before: FileImage | undefined;
  readonly after: Omit<FileImage, 'bytes'> | undefined;
}

/** What is kept between changes, and what it takes to finish or undo the one under way. */
export interface ApplyJournal {
  /** What the targets are when `changes` is empty, and when it is undone. */
  readonly managed: readonly ManagedTarget[];
  /** Reloads that failed after files were put back: owed to the services, and run with the next change. */
  readonly owed: readonly ReloadLine[];
  /** Undefined: no change is under way. */
  readonly change: ChangeUnderWay | undefined;
  /**
   * What was there before changes of a generation that did not end well yet, where no generation before it is known to go
   * back to: the file of a package, or none. Undefined: all that was changed is in effect.
   */
  readonly origin?: Origin | undefined;
}

export interface Origin {
  readonly files: readonly FileChange[];
  readonly reloads: readonly ReloadLine[];
  /** What the targets were. */
  readonly managed: readonly ManagedTarget[];
}

export interface ChangeUnderWay {
  readonly files: readonly FileChange[];
  readonly reloads: readonly ReloadLine[];
  /** What the targets are when it is done. */
  readonly managed: readonly ManagedTarget[];
}

export const EMPTY_JOURNAL: ApplyJournal = { managed: [], owed: [], change: undefined };

const MAGIC = 'LFJRN1\n';

/** `LFJRN1`, one line of JSON, then the bytes of the old files one after the other. */
export function printJournal(journal: ApplyJournal): Buffer {
  const blobs = imagesIn(journal).map(({ before }) => before?.bytes ?? Buffer.alloc(0));
  const head = JSON.stringify(journal, (key, value: unknown) => (key === 'bytes' ? undefined : value));
  const lengths = blobs.map(({ length }) => length);
  return Buffer.concat([Buffer.from(`${MAGIC}${JSON.stringify(lengths)}\n${head}\n`), ...blobs]);
}

/**
 * What `printJournal` wrote, or undefined. The store seals what it keeps and replaces it whole, so that anything else is
 * of another version.
 */
export function readJournal(bytes: Uint8Array): ApplyJournal | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const lengthsEnd = buffer.indexOf('\n', MAGIC.length);
  const headEnd = buffer.indexOf('\n', lengthsEnd + 1);
  const lengths = JSON.parse(buffer.toString('utf8', MAGIC.length, lengthsEnd)) as readonly number[];
  const journal = JSON.parse(buffer.toString('utf8', lengthsEnd + 1, headEnd)) as ApplyJournal;
  let at = headEnd + 1;
  const files = imagesIn(journal).map((file, index) => {
    const start = at;
    at += lengths[index] ?? 0;
    return file.before === undefined
      ? file
      : { ...file, before: { ...file.before, bytes: buffer.subarray(start, at) } };
  });
  const { change, origin } = journal;
  const changing = change?.files.length ?? 0;
  return {
    ...journal,
    ...(change ? { change: { ...change, files: files.slice(0, changing) } } : {}),
    ...(origin ? { origin: { ...origin, files: files.slice(changing) } } : {}),
  };
}

/** In the order of the blobs. */
function imagesIn({ change, origin }: ApplyJournal): readonly FileChange[] {
  return [...(change?.files ?? []), ...(origin?.files ?? [])];
}
