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
const SMALL_FILES = 5000;
const FOLDERS = 50;

/** A warm tree on this machine's disk, once of large files and once of small ones, by the processor's time: one core. */
export const scanSpeed: BenchRow = {
  name: 'scan',
  async measure({ quick }) {
    const root = mkdtempSync(join(tmpdir(), 'landfall-bench-scan-'));
    try {
      const large = join(root, 'large');
      const small = join(root, 'small');
      writeLarge(large);
      writeSmall(small);
      const runs = quick ? 3 : 9;
      return [
        await measureTree(large, runs, {
          what: 'a warm tree of large files',
          unit: 'MB/s',
          bar: { atLeast: 300 },
          amount: ({ bytes }) => bytes / 1e6,
        }),
        await besideRipgrep(large, runs),
        await measureTree(small, runs, {
          what: 'small files',
          unit: 'files/s',
          bar: { atLeast: 5000 },
          amount: ({ files }) => files,
        }),
      ];
    } finally {
      rmSync(root, { recursive: true });
    }
  },
};

async function measureTree(
  root: string,
  runs: number,
  figure: Pick<Figure, 'what' | 'unit' | 'bar'> & {
    readonly amount: (tree: { readonly files: number; readonly bytes: number }) => number;
  },
): Promise<Figure> {
  const { what, unit, bar, amount } = figure;
  const options = { cwd: root, clock: systemClock, home: null, baseline: new Set<string>() };
  const { files, bytes } = await scan(['.'], options);
  const rates: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    await scan(['.'], options);
    const { user, system } = process.cpuUsage(before);
    rates.push((amount({ files, bytes }) * 1e6) / (user + system));
  }
  const size = `${files} files, ${Math.round(bytes / 1e6)} MB`;
  return {
    what,
    value: median(rates),
    unit,
    bar,
    detail: `${size}; median of ${runs}, user and system time`,
  };
}

/**
 * Ripgrep looks for the names of the regions and for nothing else: no addresses, no encodings, nothing packed. The bar of 300 MB/s
 * is for a machine on which it does a gigabyte a second, on one core each, one right after the other.
 */
async function besideRipgrep(root: string, runs: number): Promise<Finding> {
  const what = 'the same beside ripgrep';
  const names = knownRegions().map(({ region }) => region);
  const search = () =>
    spawnSync('rg', ['-j1', '-a', '--no-ignore', '-c', names.join('|'), root], { stdio: 'ignore' });
  if (search().error) return { what, skipped: 'rg is missing: apt install ripgrep' };
  const options = { cwd: root, clock: systemClock, home: null, baseline: new Set<string>() };
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now();
    search();
    const between = performance.now();
    const { bytes } = await scan(['.'], options);
    ratios.push((between - started) / (performance.now() - between));
    rates.push(bytes / 1e3 / (between - started));
  }
  const detail = `rg does ${median(rates).toFixed(0)} MB/s; median of ${runs}, by the clock`;
  return { what, value: median(ratios), unit: 'x', bar: { atLeast: 0.3 }, detail };
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
