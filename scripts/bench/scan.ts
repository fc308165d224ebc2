import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { knownRegions } from '#config-service';
import { scan } from '#agent/scan/scan.ts';
import { systemClock } from '#kit/clock.ts';
import type { BenchRow, Figure, Finding } from './bench-row.ts';
import { median } from './median.ts';

const LARGE_BYTES = 64 << 20;
const DENSE_BYTES = 16 << 20;
const SMALL_FILES = 5000;
const FOLDERS = 50;

/** Warm trees on this machine's disk: large files with little to find and with much, beside ripgrep, and small ones. One core. */
export const scanSpeed: BenchRow = {
  name: 'scan',
  async measure({ quick }) {
    const root = mkdtempSync(join(tmpdir(), 'landfall-bench-scan-'));
    try {
      const large = join(root, 'large');
      const dense = join(root, 'dense');
      const small = join(root, 'small');
      writeLarge(large);
      writeDense(dense);
      writeSmall(small);
      const runs = quick ? 3 : 9;
      return [
        await besideRipgrep(large, runs, 'large files with little to find, beside ripgrep', 0.1),
        await besideRipgrep(dense, runs, '50 findings a MB, beside ripgrep', 0.05),
        await smallFiles(small, runs),
      ];
    } finally {
      rmSync(root, { recursive: true });
    }
  },
};

/** Files a second of the processor's time. */
async function smallFiles(root: string, runs: number): Promise<Figure> {
  const { files, bytes } = await scan(['.'], scanOptions(root));
  const rates: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    await scan(['.'], scanOptions(root));
    const { user, system } = process.cpuUsage(before);
    rates.push((files * 1e6) / (user + system));
  }
  const detail = `${files} files, ${Math.round(bytes / 1e6)} MB; median of ${runs}, user and system time`;
  return { what: 'small files', value: median(rates), unit: 'files/s', bar: { atLeast: 5000 }, detail };
}

/**
 * Ripgrep looks for the names of the regions and for nothing else: no addresses, no encodings, nothing packed. One core each, one
 * right after the other.
 */
async function besideRipgrep(root: string, runs: number, what: string, atLeast: number): Promise<Finding> {
  const names = knownRegions().map(({ region }) => region);
  const search = () =>
    spawnSync('rg', ['-j1', '-a', '--no-ignore', '-c', names.join('|'), root], { stdio: 'ignore' });
  if (search().error) return { what, skipped: 'rg is missing: apt install ripgrep' };
  const ours: number[] = [];
  const theirs: number[] = [];
  let found = 0;
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now();
    search();
    const between = performance.now();
    const { bytes, findings } = await scan(['.'], scanOptions(root));
    theirs.push(bytes / 1e3 / (between - started));
    ours.push(bytes / 1e3 / (performance.now() - between));
    found = findings.length;
  }
  const [scanned, searched] = [median(ours), median(theirs)];
  const detail = `${scanned.toFixed(0)} to ${searched.toFixed(0)} MB/s, ${found} findings; medians of ${runs}, by turns`;
  return { what, value: scanned / searched, unit: 'x', bar: { atLeast }, detail };
}

function scanOptions(cwd: string) {
  return { cwd, clock: systemClock, home: null, baseline: new Set<string>() };
}

/** What fills a disk: logs with ids and times, tables of numbers, and programs. */
function writeLarge(folder: string): void {
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'app.log'),
    repeated(
      (index) =>
        `2025-11-20T12:${index % 60}:07.${index % 1000}Z INFO [worker-${index % 7}] c.a.payroll.Service request ` +
        `${scrambled(index).toString(16)} took ${index % 300} ms status=200 path=/v1/payroll/${index}\n`,
    ),
  );
  writeFileSync(
    join(folder, 'table.csv'),
    repeated(
      (index) =>
        `${index},${scrambled(index)},customer-${index % 977}@example.com,latest,${(index / 7).toFixed(6)}\n`,
    ),
  );
  const words = new Uint32Array(LARGE_BYTES / 4);
  for (const index of words.keys()) words[index] = index % 5 === 0 ? 0 : scrambled(index);
  writeFileSync(join(folder, 'program'), words);
}

/** Settings of two regions among lines that name none: 50 a MB. */
function writeDense(folder: string): void {
  mkdirSync(folder);
  const regions = ['us-east-1', 'ap-southeast-2'];
  writeFileSync(
    join(folder, 'settings.properties'),
    repeated((index) =>
      index % 200 === 0
        ? `db.${index}.host = payroll-${index}.c9akciq32abc.${regions[(index / 200) % 2]}.rds.amazonaws.com\n`
        : `setting.${index} = ${'x'.repeat(60)} ${scrambled(index).toString(16)}, as it was before\n`,
    ).subarray(0, DENSE_BYTES),
  );
}

function repeated(line: (index: number) => string): Buffer {
  const bytes = Buffer.alloc(LARGE_BYTES);
  for (let at = 0, index = 0; at < LARGE_BYTES; index += 1)
    at += bytes.write(line(index), at, 'latin1') || LARGE_BYTES;
  return bytes;
}

function writeSmall(root: string): void {
  for (let index = 0; index < SMALL_FILES; index += 1) {
    const folder = join(root, `folder-${index % FOLDERS}`);
    if (index < FOLDERS) mkdirSync(folder, { recursive: true });
    const lines = Array.from(
      { length: 20 },
      (_, line) => `setting.${line} = ${scrambled(index * 20 + line)}\n`,
    );
    writeFileSync(join(folder, `app-${index}.properties`), lines.join(''));
  }
}

/** Knuth's multiplicative hash: numbers without a pattern, the same in every run. */
function scrambled(index: number): number {
  return Math.imul(index, 0x9e3779b1) >>> 0;
}
