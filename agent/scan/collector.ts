import type { RegionOfAddress } from '#config-service';
import { fingerprintsIn } from './fingerprint.ts';
import { createInventory } from './inventory.ts';
import { LIMITS } from './limits.ts';
import type { ScanFinding, ScanReport, Unread } from './report.ts';
import type { Sighting } from './text-scanner.ts';

/** A file, or an entry of an archive: what people read, and what stays the same wherever the root is. */
export interface Subject {
  readonly path: string;
  readonly relative: string;
}

export interface Policy {
  /** Findings of this region are left out. */
  readonly home: string | null;
  /** Whether what leads to an unknown region fails the scan. */
  readonly unknown?: 'warn' | 'refuse';
  /** By a table of address ranges; left out, the region of a public address is unknown. */
  readonly regionOf?: RegionOfAddress;
  /** Fingerprints that are known already. */
  readonly baseline: ReadonlySet<string>;
  /** Is told of every finding that counts, baseline or not. */
  readonly witness?: (subject: Subject, sighting: Sighting) => void;
}

/** Takes what the scanner sees, subject by subject, and decides what the report says about it. */
export class Collector {
  files = 0;
  bytes = 0;
  ignored = 0;
  readonly skipped: string[] = [];
  readonly #policy: Policy;
  readonly #findings: ScanFinding[] = [];
  readonly #known: ScanFinding[] = [];
  readonly #allowed: string[] = [];
  readonly #unreadable: Unread[] = [];
  readonly #inventory = createInventory();
  #subject: Subject = { path: '', relative: '' };
  #fingerprint = fingerprintsIn('');
  /** In the subject. */
  #last: Sighting | undefined;
  /** Findings in the subject, and all of them. */
  #count = 0;
  #total = 0;
  #isOver = false;
  /** Errors and warnings, listed or not. */
  #foreign = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** What is seen from here on is seen in `subject`. */
  enter(subject: Subject): void {
    this.#subject = subject;
    this.#fingerprint = fingerprintsIn(subject.relative);
    this.#count = 0;
    this.#last = undefined;
  }

  addFile(subject: Subject, size: number): void {
    this.files += 1;
    this.bytes += size;
    this.#inventory.add(subject.relative, size);
  }

  addUnread({ path }: Subject, cause: string): void {
    this.#unreadable.push({ path, cause });
  }

  readonly add = (sighting: Sighting): void => {
    const last = this.#last;
    this.#last = sighting;
    if (last && isSamePlace(last, sighting)) {
      this.#policy.witness?.(this.#subject, sighting);
      return;
    }
    const { region, kind, text, line, column, allowed } = sighting;
    const isUnknown = sighting.severity === 'unknown';
    const severity = sighting.severity === 'unknown' ? 'warning' : sighting.severity;
    const fingerprint = this.#fingerprint(sighting);
    if (!isUnknown && (region ?? sighting.name.toLowerCase()) === this.#policy.home) return;
    const isKnown = this.#policy.baseline.has(fingerprint);
    const fails = isUnknown ? this.#policy.unknown === 'refuse' : severity !== 'info';
    if (fails && !allowed && !isKnown) this.#foreign += 1;
    if (this.#isFull()) return;
    if (allowed) {
      this.#allowed.push(fingerprint);
      return;
    }
    this.#policy.witness?.(this.#subject, sighting);
    const { path } = this.#subject;
    const finding = { path, line, column, region, kind, severity, text, fingerprint };
    (isKnown ? this.#known : this.#findings).push(finding);
  };

  /** Says so once for a file, and once for the report. */
  #isFull(): boolean {
    if (this.#total === LIMITS.findings) {
      if (!this.#isOver)
        this.addUnread(this.#subject, `finding ${LIMITS.findings} was the last that is listed`);
      this.#isOver = true;
      return true;
    }
    this.#count += 1;
    if (this.#count <= LIMITS.findingsPerFile) {
      this.#total += 1;
      return false;
    }
    if (this.#count === LIMITS.findingsPerFile + 1) {
      this.addUnread(this.#subject, `more than ${LIMITS.findingsPerFile} findings; the rest is not listed`);
    }
    return true;
  }

  report(): ScanReport {
    const { files, bytes, ignored, skipped } = this;
    return {
      home: this.#policy.home,
      files,
      bytes,
      findings: this.#findings.toSorted(byPlace),
      foreign: this.#foreign,
      allowed: this.#allowed,
      known: this.#known.toSorted(byPlace),
      ignored,
      skipped,
      unreadable: this.#unreadable,
      inventory: this.#inventory.digest(),
    };
  }
}

/** A host that names one region twice is seen twice, and is one thing to mend. */
function isSamePlace(a: Sighting, b: Sighting): boolean {
  return (
    a.line === b.line &&
    a.column === b.column &&
    a.text === b.text &&
    a.region === b.region &&
    a.kind === b.kind
  );
}

function byPlace(a: ScanFinding, b: ScanFinding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
