import { availableParallelism } from 'node:os';
import { HostRoot } from '#agent/doctor/base/host-root.ts';
import { examineImage } from '#agent/doctor/image.ts';
import type { DoctorFinding } from '#agent/doctor/base/finding.ts';
import { isForeign, printJson, scanDigest, type ScanReport } from '#agent/scan/report/report.ts';
import { scan } from '#agent/scan/scan.ts';
import { SETTINGS } from '#agent/settings/catalogue.ts';
import type { Clock } from '#kit/clock.ts';

/** What the product's own scan and doctor say of a root. */
export interface RootScan {
  /** How many findings belong to another region, those of the doctor included. */
  readonly findings: number;
  /** Null when nothing can be vouched for. */
  readonly digest: string | null;
  /** The first of them, each in a line. */
  readonly lines: readonly string[];
  /** Why there is no digest although nothing was found. */
  readonly unvouched: readonly string[];
  /** The report as `landfall scan --json` prints it. */
  readonly report: string;
}

/** As many as `landfall scan` would start. */
const MOST_JOBS = 4;
/** As many as a person would read. */
const SHOWN = 10;

/** @param region home: what belongs to it is no finding. Reads, and changes nothing. @throws the signal's reason. */
export async function scanRoot(
  root: string,
  region: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<RootScan> {
  const report = await scan([root], {
    cwd: '/',
    clock,
    signal,
    home: region,
    unknown: 'warn',
    vendor: false,
    baseline: new Set(),
    jobs: Math.min(MOST_JOBS, availableParallelism()),
  });
  const leaks = examineImage(new HostRoot(root), SETTINGS.stateDir.default, region).filter(isLeak);
  const own = leaks.filter((leak) => !isInReport(leak, root, report));
  const digest = own.length === 0 ? scanDigest(report) : undefined;
  const found = report.findings.filter(isForeign);
  return {
    findings: report.foreign + own.length,
    digest: digest ?? null,
    lines: [
      ...found.map(
        ({ path, line, region: named, text }) => `${path}:${line} ${named ?? 'no region'} ${text}`,
      ),
      ...own.map(({ check, says }) => `doctor: ${check}: ${says}`),
    ].slice(0, SHOWN),
    unvouched: report.unreadable.map(({ path, cause }) => `${path}: ${cause}`).slice(0, SHOWN),
    report: printJson(report),
  };
}

/** What the doctor would end `landfall doctor --before-image` with 6 for. */
function isLeak({ level, code }: DoctorFinding): boolean {
  return level === 'failure' && code === 'LF_REGION_HOST';
}

/** Both look at some of the same files. */
function isInReport({ file, line }: DoctorFinding, root: string, { findings }: ScanReport): boolean {
  return (
    file !== undefined && findings.some((found) => found.path === `${root}${file}` && found.line === line)
  );
}
