import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '#kit/atomic-file.ts';
import { LandfallError } from '#kit/errors.ts';
import { isForeign, printJson, type ScanReport } from './report.ts';

/**
 * The fingerprints of an earlier report, as `--format json` or `--write-baseline` gave it. @throws LandfallError
 * `LF_USAGE`: to go on without would call everything new, or worse, nothing.
 */
export function readBaseline(file: string): ReadonlySet<string> {
  try {
    const { findings } = JSON.parse(readFileSync(file, 'utf8')) as { findings: { fingerprint: string }[] };
    return new Set(findings.map(({ fingerprint }) => fingerprint));
  } catch (error) {
    throw new LandfallError({
      code: 'LF_USAGE',
      operation: 'read the baseline',
      subject: file,
      cause:
        error instanceof SyntaxError || error instanceof TypeError
          ? 'it is no report of a scan'
          : String(error),
      hint: 'Write one with --write-baseline.',
    });
  }
}

/** What was found and what the old baseline knew, so that writing it anew loses nothing. */
export async function writeBaseline(file: string, report: ScanReport): Promise<void> {
  const listed = report.findings.filter((finding) => finding.believed === undefined);
  const findings = [...listed, ...report.known];
  const foreign = findings.filter(isForeign).length;
  await writeFileAtomic(file, printJson({ ...report, findings, foreign, known: [] }), 0o644);
}
