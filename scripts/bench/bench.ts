import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchRow } from './bench-row.ts';
import { bootPayroll } from './boot-payroll.ts';
import { bootRelease } from './boot-release.ts';
import { bootTree } from './boot-tree.ts';
import { daemonKeys } from './daemon-keys.ts';
import { fleet } from './fleet.ts';
import { fleetDay } from './fleet-day.ts';
import { httpValue } from './http-value.ts';
import { leakWatch } from './leaks.ts';
import { logShipping } from './logs.ts';
import { printMachine, thisMachine } from './machine.ts';
import { payrollMemory } from './payroll-memory.ts';
import { peerGroup } from './peers.ts';
import { printJsonLine, printTable, type ReportLine } from './report.ts';
import { residentMemory } from './resident-memory.ts';
import { resolveKeys } from './resolve-keys.ts';
import { scanSpeed } from './scan.ts';
import { shapesHttp } from './shapes-http.ts';
import { shapesMemory } from './shapes-memory.ts';
import { shapesWatchers } from './shapes-watchers.ts';
import { syncPlan } from './sync.ts';
import { verdictOf } from './verdict.ts';

/** What Landfall may cost, cheapest to explain first. */
const ROWS: readonly BenchRow[] = [
  bootRelease,
  bootTree,
  bootPayroll,
  residentMemory,
  payrollMemory,
  httpValue,
  shapesHttp,
  shapesMemory,
  shapesWatchers,
  resolveKeys,
  daemonKeys,
  scanSpeed,
  fleet,
  fleetDay,
  logShipping,
  peerGroup,
  leakWatch,
  syncPlan,
];

const USAGE = `usage: npm run bench -- [--quick] [--json] [--only NAME]...
rows: ${ROWS.map(({ name }) => name).join(', ')}
  --quick  fewer and shorter runs
  --json   JSON lines only; without it a table for people, and JSON lines too when stdout is no terminal
LANDFALL_BENCH_BINARY names the executable, else dist/landfall.
`;

/** @returns the exit code: 0 all bars hold, 1 one is missed, 2 it could not be measured. */
async function main(): Promise<number> {
  const { quick, json, only } = readArguments();
  const rows = ROWS.filter(({ name }) => only.length === 0 || only.includes(name));
  const binary = resolve(process.env['LANDFALL_BENCH_BINARY'] ?? 'dist/landfall');
  if (!existsSync(binary)) throw new Error(`${binary} is missing: npm run build first`);

  const machine = thisMachine();
  const jsonLines = json || !process.stdout.isTTY;
  if (jsonLines) console.log(JSON.stringify({ machine, binary, quick }));
  const report: ReportLine[] = [];
  for (const row of rows) {
    process.stderr.write(`${row.name}\n`);
    for (const finding of await row.measure({ binary, quick, say })) {
      const line = { row: row.name, finding };
      report.push(line);
      if (jsonLines) console.log(printJsonLine(line));
    }
  }
  if (!json) process.stdout.write(`\n${printTable(report)}${printMachine(machine)}\n`);
  return report.some(({ finding }) => verdictOf(finding) === 'MISS') ? 1 : 0;
}

function say(line: string): void {
  process.stderr.write(`  ${line}\n`);
}

function readArguments(): { quick: boolean; json: boolean; only: readonly string[] } {
  const options = {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] as string[] },
  } as const;
  try {
    const { values } = parseArgs({ options });
    const unknown = values.only.find((name) => !ROWS.some((row) => row.name === name));
    if (unknown !== undefined) throw new Error(`there is no row ${unknown}`);
    return values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
