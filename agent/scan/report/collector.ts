import { createHash } from 'node:crypto';
import type { RegionOfAddress } from '#config-service';
import type { BytePath } from '../bytes/byte-path.ts';
import { LIMITS } from '../bytes/limits.ts';
import { BeliefTally, reasonText, type ChangedFile } from '../origin/belief.ts';
import type { Judgement, Reason } from '../origin/trust.ts';
import type { Sighting } from '../text/text-scanner.ts';
import type { ScanFinding, ScanReport, Unread } from './report.ts';

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
  /** Lists what is believed, too. */
  readonly vendor?: boolean;
  /** Names and patterns of packages that the team makes itself. */
  readonly own?: readonly string[];
  /** Is told of every finding that counts, baseline or not. */
  readonly witness?: (subject: Subject, sighting: Sighting) => void;
}

/** Says whose a file is, from what was seen in it. */
export type Judge = (path: BytePath, sightings: readonly Sighting[]) => Judgement;

/** Takes what the scanner sees, file by file, and decides what the report says about it. */
export class Collector {
  files = 0;
  bytes = 0;
  ignored = 0;
  readonly skipped: string[] = [];
  readonly #policy: Policy;
  readonly #judge: Judge;
  readonly #findings: ScanFinding[] = [];
  readonly #known: ScanFinding[] = [];
  readonly #allowed: string[] = [];
  readonly #unreadable: Unread[] = [];
  readonly #believed = new BeliefTally();
  readonly #changed: ChangedFile[] = [];
  readonly #inventory = createInventory();
  /** Of the file that is being read: what was seen where, and how much more than is kept. */
  #seen: { readonly subject: Subject; readonly sighting: Sighting }[] = [];
  #surplus: { readonly subject: Subject; fails: number; count: number } | undefined;
  #subject: Subject = { path: '', relative: '' };
  #isVouched = false;
  /** All findings that are listed. */
  #total = 0;
  #isOver = false;
  /** Errors and warnings, listed or not. */
  #foreign = 0;

  constructor(policy: Policy, judge: Judge) {
    this.#policy = policy;
    this.#judge = judge;
  }

  /** What is seen from here on is seen in `subject`. */
  enter(subject: Subject): void {
    this.#subject = subject;
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
    if (this.#seen.length < LIMITS.sightingsPerFile) {
      this.#seen.push({ subject: this.#subject, sighting });
      return;
    }
    this.#surplus ??= { subject: this.#subject, fails: 0, count: 0 };
    if (this.#isHome(sighting)) return;
    this.#surplus.count += 1;
    if (this.#fails(sighting) && !sighting.allowed) this.#surplus.fails += 1;
  };

  /** The file that is being read is its vendor's, whatever is seen in it, and counts as such when nothing is. */
  vouch(reason: Reason): void {
    this.#believed.add(reason, this.#policy.vendor === true ? 0 : null);
    this.#isVouched = true;
  }

  /** The file at `path` has been read to its end: only now is it known whose it is. */
  settle(outer: Subject, path: BytePath | undefined): void {
    const seen = this.#seen;
    const surplus = this.#surplus;
    const files = this.#isVouched ? 0 : 1;
    this.#isVouched = false;
    if (seen.length === 0) return;
    this.#seen = [];
    this.#surplus = undefined;
    const judgement =
      path === undefined
        ? undefined
        : this.#judge(
            path,
            seen.map(({ sighting }) => sighting),
          );
    const { believed, reason, changed } = judgement ?? {};
    const foreign = seen.filter(({ sighting }) => !this.#isHome(sighting));
    const isOthers = ({ sighting }: (typeof seen)[number]): boolean => believed?.has(sighting) ?? false;
    const others = foreign.filter(isOthers).length;
    const isWhole = others > 0 && others === foreign.length;
    if (reason !== undefined && others > 0)
      this.#believed.add(reason, others + (isWhole ? (surplus?.count ?? 0) : 0), files);
    if (changed !== undefined && foreign.length > 0) this.#changed.push({ path: outer.path, ...changed });
    let subject: Subject | undefined;
    let last: Sighting | undefined;
    let entry: SubjectListing = { subject: outer, count: 0, fingerprint: fingerprintsIn(outer.relative) };
    for (const each of foreign) {
      if (each.subject !== subject) {
        subject = each.subject;
        entry = { subject, count: 0, fingerprint: fingerprintsIn(subject.relative) };
        last = undefined;
      }
      const isRepeat = last !== undefined && isSamePlace(last, each.sighting);
      last = each.sighting;
      if (isRepeat) {
        if (!isOthers(each)) this.#policy.witness?.(subject, each.sighting);
      } else if (!isOthers(each)) this.#list(each.sighting, entry);
      else if (this.#policy.vendor === true) this.#listBelieved(each.sighting, entry, reason);
    }
    if (surplus !== undefined && !isWhole) {
      this.#foreign += surplus.fails;
      this.addUnread(
        surplus.subject,
        `more than ${LIMITS.sightingsPerFile} findings; the rest is not listed`,
      );
    }
  }

  #isHome({ region, name, severity }: Sighting): boolean {
    return severity !== 'unknown' && (region ?? name.toLowerCase()) === this.#policy.home;
  }

  #fails({ severity }: Sighting): boolean {
    return severity === 'unknown' ? this.#policy.unknown === 'refuse' : severity !== 'info';
  }

  #list(sighting: Sighting, entry: SubjectListing): void {
    const { region, kind, text, line, column, allowed } = sighting;
    const severity = sighting.severity === 'unknown' ? 'warning' : sighting.severity;
    const fingerprint = entry.fingerprint(sighting);
    const isKnown = this.#policy.baseline.has(fingerprint);
    if (this.#fails(sighting) && !allowed && !isKnown) this.#foreign += 1;
    if (this.#isFull(entry)) return;
    if (allowed) {
      this.#allowed.push(fingerprint);
      return;
    }
    this.#policy.witness?.(entry.subject, sighting);
    const { path } = entry.subject;
    const finding = { path, line, column, region, kind, severity, text, fingerprint };
    (isKnown ? this.#known : this.#findings).push(finding);
  }

  #listBelieved(sighting: Sighting, entry: SubjectListing, reason: Reason | undefined): void {
    const { region, kind, text, line, column } = sighting;
    const fingerprint = entry.fingerprint(sighting);
    if (reason === undefined || this.#isFull(entry)) return;
    const { path } = entry.subject;
    const believed = reasonText(reason);
    this.#findings.push({ path, line, column, region, kind, severity: 'info', text, fingerprint, believed });
  }

  /** Says so once for a file, and once for the report. */
  #isFull(entry: SubjectListing): boolean {
    if (this.#total === LIMITS.findings) {
      if (!this.#isOver)
        this.addUnread(entry.subject, `finding ${LIMITS.findings} was the last that is listed`);
      this.#isOver = true;
      return true;
    }
    entry.count += 1;
    if (entry.count <= LIMITS.findingsPerFile) {
      this.#total += 1;
      return false;
    }
    if (entry.count === LIMITS.findingsPerFile + 1) {
      this.addUnread(entry.subject, `more than ${LIMITS.findingsPerFile} findings; the rest is not listed`);
    }
    return true;
  }

  /** All of it, to be merged into another one's. */
  part(): ScanPart {
    const { files, bytes } = this;
    return {
      files,
      bytes,
      foreign: this.#foreign,
      findings: this.#findings,
      known: this.#known,
      allowed: this.#allowed,
      unreadable: this.#unreadable,
      believed: this.#believed.all(),
      changed: this.#changed,
      inventory: this.#inventory.sum(),
    };
  }

  /** Takes what another one has seen of other files of the same scan. */
  merge(part: ScanPart): void {
    this.files += part.files;
    this.bytes += part.bytes;
    this.#foreign += part.foreign;
    for (const finding of part.findings) this.#findings.push(finding);
    for (const finding of part.known) this.#known.push(finding);
    for (const fingerprint of part.allowed) this.#allowed.push(fingerprint);
    for (const unread of part.unreadable) this.#unreadable.push(unread);
    for (const file of part.changed) this.#changed.push(file);
    this.#believed.merge(part.believed);
    this.#inventory.merge(part.inventory);
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
      unreadable: this.#unreadable.toSorted(byPath),
      believed: this.#believed.all(),
      changed: this.#changed.toSorted(byPath),
      inventory: this.#inventory.digest(),
    };
  }
}

/** What one of several collectors has seen; it can be sent between threads. */
export interface ScanPart extends Pick<
  ScanReport,
  'files' | 'bytes' | 'foreign' | 'findings' | 'known' | 'allowed' | 'unreadable' | 'believed' | 'changed'
> {
  readonly inventory: Uint32Array;
}

interface SubjectListing {
  readonly subject: Subject;
  readonly fingerprint: Fingerprint;
  count: number;
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

/** In no order that depends on which thread was first. */
function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}

function byPlace(a: ScanFinding, b: ScanFinding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** Names a finding by what it says and not by where it stands: its line may move. */
type Fingerprint = (subject: {
  readonly region: string | null;
  readonly kind: string;
  readonly text: string;
}) => string;

/**
 * For the findings of one file, in order. `relative` is the path below the scanned root, so that the same image gives the
 * same fingerprints wherever it is mounted. What occurs several times is numbered.
 */
function fingerprintsIn(relative: string): Fingerprint {
  const seen = new Map<string, number>();
  return ({ region, kind, text }) => {
    const subject = [relative, kind, region ?? '', text].join('\0');
    const ordinal = seen.get(subject) ?? 0;
    seen.set(subject, ordinal + 1);
    return createHash('sha256').update(`${subject}\0${ordinal}`).digest('hex');
  };
}

/** A digest of a set: the order in which a file system lists its files is no part of what is on it. */
interface Inventory {
  add(relative: string, size: number): void;
  digest(): string;
  /** As it stands, for another inventory to take. */
  sum(): Uint32Array;
  merge(sum: Uint32Array): void;
}

/** Sums the hashes of the members modulo 2^256 (Bellare and Micciancio's AdHash). */
function createInventory(): Inventory {
  const sum = new Uint32Array(8);
  const merge = (other: Uint32Array): void => {
    let carry = 0;
    for (let index = 7; index >= 0; index--) {
      const total = (sum[index] ?? 0) + (other[index] ?? 0) + carry;
      sum[index] = total;
      carry = total > 0xffffffff ? 1 : 0;
    }
  };
  const word = new Uint32Array(8);
  return {
    add: (relative, size) => {
      const hash = createHash('sha256').update(`${relative}\0${size}`).digest();
      for (let index = 0; index < 8; index++) word[index] = hash.readUInt32BE(index * 4);
      merge(word);
    },
    digest: () => Array.from(sum, (part) => part.toString(16).padStart(8, '0')).join(''),
    sum: () => sum.slice(),
    merge,
  };
}
