import { createHash } from 'node:crypto';
import type { Severity } from '#config-service';
import type { Belief, ChangedFile } from '../origin/belief.ts';

export interface ScanFinding {
  /** As the path was given, then down to the file; `!/` enters an archive. */
  readonly path: string;
  /** Both from 1; columns count characters. */
  readonly line: number;
  readonly column: number;
  /** Null for an opaque id, for what leads to an unknown region, and for a region this build does not know. */
  readonly region: string | null;
  readonly kind: string;
  /** What leads to an unknown region is a warning, and its kind begins with `region-unknown:`. */
  readonly severity: Exclude<Severity, 'unknown'>;
  /** The host, ARN or word that names the region; it stands at `line` and `column`. */
  readonly text: string;
  /** Stays the same when lines above come and go, and wherever the root is mounted. */
  readonly fingerprint: string;
  /** With `--vendor`: why it does not count, such as `pip botocore 1.43.0`. */
  readonly believed?: string;
}

/** What could not be read, or not whole, and why. */
export interface Unread {
  readonly path: string;
  readonly cause: string;
}

export interface ScanReport {
  readonly home: string | null;
  /** Regular files looked into, and their bytes as they lie on the disk. */
  readonly files: number;
  readonly bytes: number;
  /** By path, line and column. Neither what a comment allows nor what the baseline knows. */
  readonly findings: readonly ScanFinding[];
  /** How many of them fail the scan, those that a limit kept off the list included. */
  readonly foreign: number;
  /** Fingerprints of findings that a `landfall:allow` comment excuses. */
  readonly allowed: readonly string[];
  /** Findings that the baseline holds. */
  readonly known: readonly ScanFinding[];
  /** Files and folders that a `.landfallignore` leaves out. */
  readonly ignored: number;
  /** Pseudo file systems that were left out. */
  readonly skipped: readonly string[];
  readonly unreadable: readonly Unread[];
  /** What is its vendor's word, by the reason to believe so. Most findings first, then most files. */
  readonly believed: readonly Belief[];
  /** Files with findings that a package installed and somebody changed since: their findings count. */
  readonly changed: readonly ChangedFile[];
  /** sha256 of the name and size of every file, regardless of order. */
  readonly inventory: string;
}

/** Whether it leads to a region that nothing names. */
export function isOfUnknownRegion({ kind }: Pick<ScanFinding, 'kind'>): boolean {
  return kind.startsWith('region-unknown:');
}

/** Whether it names another region, or a part of one. */
export function isForeign(finding: Pick<ScanFinding, 'kind' | 'severity'>): boolean {
  return finding.severity !== 'info' && !isOfUnknownRegion(finding);
}

/**
 * Hints and opaque ids do not fail a scan: they tie nothing to a region by themselves. What leads to an unknown region does
 * where that was asked for.
 */
export function isClean(report: ScanReport): boolean {
  return report.foreign === 0;
}

/**
 * Certifies a clean scan, to be tagged on the image: the same tree, scanned for the same home with the same exceptions,
 * gives the same digest. Undefined when nothing can be certified: something foreign was found, something could not be
 * read, or only a baseline made it clean.
 */
export function scanDigest(report: ScanReport): string | undefined {
  const { home, files, bytes, ignored, inventory, believed } = report;
  const excused = report.known.some(isForeign);
  if (!isClean(report) || excused || report.unreadable.length > 0) return undefined;
  const allowed = report.allowed.toSorted();
  const listed = [...report.findings, ...report.known].filter((finding) => finding.believed === undefined);
  const hints = listed.map(({ fingerprint }) => fingerprint).toSorted();
  // What was believed is part of it; where nothing was, the statement is what it was before there were beliefs. How much a record
  // covers is known with `--vendor` only, and makes no difference.
  const beliefs =
    believed.length > 0 ? { believed: believed.map((belief) => statementOf(belief)).toSorted() } : {};
  const statement = JSON.stringify({
    scan: 1,
    home,
    files,
    bytes,
    ignored,
    inventory,
    allowed,
    hints,
    ...beliefs,
  });
  return `sha256:${createHash('sha256').update(statement).digest('hex')}`;
}

function statementOf({ because, package: name, version, findings, files }: Belief): string {
  return JSON.stringify({ because, package: name, version, ...(name === null && { findings }), files });
}

/** The fixed shape first, in this order; what else is worth knowing follows. */
export function printJson(report: ScanReport): string {
  const digest = scanDigest(report);
  return `${JSON.stringify({
    home: report.home,
    files: report.files,
    bytes: report.bytes,
    findings: report.findings,
    allowed: report.allowed.length,
    known: report.known.length,
    ignored: report.ignored,
    skipped: report.skipped,
    unreadable: report.unreadable,
    believed: report.believed,
    changed: report.changed,
    digest,
  })}\n`;
}
