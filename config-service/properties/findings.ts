import type { FaultCode, Problem } from '../kit/errors.ts';
import type { Entry, ParsedFile } from './entry.ts';
import { MAX_PROBLEMS } from './limits.ts';
import type { Locate, Place } from './text-position.ts';

/** What a parser has to say about one file. It speaks in offsets; people read lines and columns. */
export interface Findings {
  place(offset: number): Place;
  /** The file will be rejected; parsing goes on to find the other problems. */
  problem(offset: number, message: string, code?: FaultCode): void;
  warning(offset: number, message: string, code?: FaultCode): void;
  /** `warning`, where the place is known. */
  warningAt(place: Place, message: string, code?: FaultCode): void;
  /** Whether a problem was found. */
  readonly failed: boolean;
  /** The file with `entries`, or rejected with every problem, in the order of the text. */
  conclude(entries: readonly Entry[]): ParsedFile;
}

export function createFindings(file: string, locate: Locate): Findings {
  const problems = createCappedList(file);
  const warnings = createCappedList(file);
  return {
    place: locate,
    problem: (offset, ...what) => problems.add(() => locate(offset), ...what),
    warning: (offset, ...what) => warnings.add(() => locate(offset), ...what),
    warningAt: (place, ...what) => warnings.add(() => place, ...what),
    get failed() {
      return problems.size() > 0;
    },
    conclude: (entries) =>
      problems.size() > 0
        ? { kind: 'rejected', problems: problems.toArray() }
        : { kind: 'parsed', entries, warnings: warnings.toArray() },
  };
}

/** A key as a message shows it: quoted, control characters escaped, short whatever the file holds. */
export function shownKey(key: string): string {
  return JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}...` : key);
}

/** A hostile file can hold millions of problems: the first ones are kept, all are counted. */
function createCappedList(file: string) {
  const kept: (Problem & Place)[] = [];
  let count = 0;
  return {
    add: (place: () => Place, message: string, code: FaultCode = 'LF_PARSE'): void => {
      count += 1;
      if (kept.length < MAX_PROBLEMS) kept.push({ code, message, file, ...place() });
    },
    size: () => count,
    toArray: (): readonly Problem[] => {
      const ordered: Problem[] = kept.toSorted((a, b) => a.line - b.line || a.column - b.column);
      const last = ordered.at(-1);
      if (last !== undefined && count > kept.length) {
        ordered.push({ code: last.code, message: `and ${count - kept.length} more`, file });
      }
      return ordered;
    },
  };
}
