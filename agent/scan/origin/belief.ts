import type { Package, Recorder } from '../records/package-record.ts';
import type { Reason } from './trust.ts';

/** What is in files of one vendor, or of one purpose, and is believed. */
export interface Belief {
  /** A record of packages whose digests match, or what the files are. */
  readonly because: Recorder | 'catalogue' | 'documentation' | 'tests';
  readonly package: string | null;
  readonly version: string | null;
  /** Null where a record vouches for files that were not searched: nobody counted. */
  readonly findings: number | null;
  readonly files: number;
}

export interface ChangedFile extends Package {
  readonly path: string;
}

/** For people, in one line with other things. */
export function reasonText(reason: Reason): string {
  if (!('package' in reason)) return reason.because;
  return `${reason.because} ${reason.package} ${reason.version}`.trimEnd();
}

/** Counts findings and files by reason. */
export class BeliefTally {
  readonly #beliefs = new Map<string, { reason: Reason; findings: number | null; files: number }>();

  /** @param findings null of a file that was not searched: then nobody knows how many the reason covers. */
  add(reason: Reason, findings: number | null, files = 1): void {
    const key = reasonText(reason);
    const belief = this.#beliefs.get(key) ?? { reason, findings: 0, files: 0 };
    belief.findings = belief.findings === null || findings === null ? null : belief.findings + findings;
    belief.files += files;
    this.#beliefs.set(key, belief);
  }

  merge(beliefs: readonly Belief[]): void {
    for (const { because, package: name, version, findings, files } of beliefs) {
      const reason = name === null ? { because } : { because, package: name, version: version ?? '' };
      this.add(reason as Reason, findings, files);
    }
  }

  all(): readonly Belief[] {
    const beliefs = Array.from(this.#beliefs.values(), ({ reason, findings, files }) => ({
      because: reason.because,
      package: 'package' in reason ? reason.package : null,
      version: 'package' in reason ? reason.version : null,
      findings,
      files,
    }));
    return beliefs.toSorted(
      (a, b) =>
        (b.findings ?? 0) - (a.findings ?? 0) || b.files - a.files || (nameOf(a) < nameOf(b) ? -1 : 1),
    );
  }
}

function nameOf({ because, package: name, version }: Belief): string {
  return `${name ?? ''} ${version ?? ''} ${because}`;
}
