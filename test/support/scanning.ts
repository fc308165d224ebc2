import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { scan, type ScanOptions } from '#agent/scan/scan.ts';
import type { ScanReport } from '#agent/scan/report/report.ts';
import { systemClock } from '#kit/clock.ts';

/** A folder on the disk, gone when the test is over. */
export function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(tmpdir(), 'landfall-scan-'));
  // Node's own rmSync gives up on paths that are too long.
  onTestFinished(() => void execFileSync('rm', ['-rf', root]));
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return root;
}

export function scanIn(root: string, options: Partial<ScanOptions> = {}): Promise<ScanReport> {
  return scan(['.'], { cwd: root, clock: systemClock, home: null, baseline: new Set(), ...options });
}

export async function scanFiles(
  files: Readonly<Record<string, string | Buffer>>,
  options: Partial<ScanOptions> = {},
): Promise<ScanReport> {
  return scanIn(folderOf(files), options);
}

/** `path region`, which is what most tests are about. */
export function places(report: ScanReport): readonly string[] {
  return report.findings.map(({ path, region }) => `${path} ${region}`);
}
