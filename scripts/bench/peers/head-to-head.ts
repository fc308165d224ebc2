import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printMachine, thisMachine } from '#scripts/bench/machine.ts';
import { awslogs } from './awslogs.ts';
import { play } from './course.ts';
import { isAlone, runAlone } from './isolation.ts';
import { landfall } from './landfall.ts';
import type { Found, Peer } from './peer.ts';
import { printJsonLine, printTable, type Result } from './report.ts';
import { rsyslogInotify, rsyslogPolling } from './rsyslog.ts';
import { SCENARIOS, type Scenario } from './scenario.ts';
import { syslogNg } from './syslog-ng.ts';

export const PEERS: readonly Peer[] = [landfall, awslogs, rsyslogInotify, rsyslogPolling, syslogNg];

const USAGE = `usage: node scripts/bench/peers/head-to-head.ts [--only PEER,...] [--scenario NAME,...] [--seed N] [--scale X] [--patience SECONDS] [--json]
peers: ${PEERS.map(({ name }) => name).join(', ')}
scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}
  --patience  what has not arrived when nothing came for so long is lost (default 45)
  --json      JSON lines only
`;

/** @returns the exit code: 0 it was measured, whatever came out; 1 Landfall lost something; 2 it could not be measured. */
async function main(): Promise<number> {
  const { peers, scenarios, seed, scale, patienceMs, json } = readArguments();
  if (!isAlone()) return runAlone();
  const machine = thisMachine();
  console.log(JSON.stringify({ machine, seed, scale, patienceSeconds: patienceMs / 1000 }));
  const results: Result[] = [];
  const missing: string[] = [];
  for (const peer of peers) {
    const found = peer.find();
    if ('missing' in found) {
      missing.push(`${peer.name} IS MISSING on this machine, and was not measured: ${found.missing}\n`);
      console.log(JSON.stringify({ peer: peer.name, missing: found.missing }));
      continue;
    }
    console.log(JSON.stringify({ peer: peer.name, version: found.version, settings: peer.settings }));
    for (const scenario of scenarios) {
      process.stderr.write(`${peer.name} ${scenario.name}\n`);
      const result = await measure(peer, found, scenario, { seed, scale, patienceMs });
      results.push(result);
      console.log(printJsonLine(result));
    }
  }
  if (!json) process.stdout.write(`\n${printTable(results)}\n${printMachine(machine)}\n`);
  process.stderr.write(missing.join(''));
  return results.some(isOurLoss) ? 1 : 0;
}

interface Measure {
  readonly seed: number;
  readonly scale: number;
  readonly patienceMs: number;
}

/** One peer in one scenario, on a disk it has never seen. */
export async function measure(
  peer: Peer,
  found: Found,
  { name, steps }: Scenario,
  { seed, scale, patienceMs }: Measure,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), `head-to-head-${peer.name}-`));
  const started = performance.now();
  const result = (outcome: Result['outcome']): Result => ({
    peer: peer.name,
    scenario: name,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    outcome,
  });
  try {
    const [own, logs] = [join(folder, 'own'), join(folder, 'logs')];
    for (const each of [own, logs]) mkdirSync(each);
    const log = join(logs, 'app.log');
    await using lane = await peer.open(found, own, log);
    return result(await play({ steps: steps(seed, scale), seed, lane, log, patienceMs }));
  } catch (error) {
    return result({ failed: error instanceof Error ? error.message : String(error) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isOurLoss({ peer, outcome }: Result): boolean {
  return peer === landfall.name && ('failed' in outcome || outcome.lost > 0);
}

function readArguments(): Measure & {
  readonly peers: readonly Peer[];
  readonly scenarios: readonly Scenario[];
  readonly json: boolean;
} {
  const options = {
    only: { type: 'string' },
    scenario: { type: 'string' },
    seed: { type: 'string', default: '1' },
    scale: { type: 'string', default: '1' },
    patience: { type: 'string', default: '45' },
    json: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ options });
    return {
      peers: chosen(PEERS, values.only),
      scenarios: chosen(SCENARIOS, values.scenario),
      seed: numberIn(values.seed),
      scale: numberIn(values.scale),
      patienceMs: numberIn(values.patience) * 1000,
      json: values.json,
    };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  names: string | undefined,
): readonly T[] {
  if (names === undefined) return all;
  return names.split(',').map((name) => {
    const one = all.find((candidate) => candidate.name === name);
    if (!one) throw new Error(`there is no ${name}`);
    return one;
  });
}

function numberIn(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`${text} is no number above 0`);
  return number;
}

if (import.meta.main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`head-to-head: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
