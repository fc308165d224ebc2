import { appendFileSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDuration } from '#kit/duration.ts';
import { printMachine, thisMachine } from './machine.ts';
import { soak, type SoakResult } from './soak-course.ts';

const USAGE = `usage: npm run soak -- [--agents N] [--for DURATION] [--interval DURATION] [--seed N] [--samples FILE]
  --agents    real agents, every second of which is ended now and then (default 50)
  --for       how long (default 2h)
  --interval  of each agent (default 5s)
  --samples   a file to which each look at an agent is added, a line of JSON each
LANDFALL_BENCH_BINARY names the executable, else dist/landfall.
`;

/** @returns the exit code: 0 all is well, 1 something grew, was lost or was wrong, 2 it could not be run. */
async function main(): Promise<number> {
  const { agents, durationMs, interval, seed, samples } = readArguments();
  const binary = resolve(process.env['LANDFALL_BENCH_BINARY'] ?? 'dist/landfall');
  if (!existsSync(binary)) throw new Error(`${binary} is missing: npm run build first`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const result = await soak({
    stop: stop.signal,
    binary,
    agents,
    durationMs,
    interval,
    seed,
    faultMs: 15_000,
    patienceMs: 180_000,
    ...(samples === undefined
      ? {}
      : {
          sampled: (agent, sample) => appendFileSync(samples, `${JSON.stringify({ agent, ...sample })}\n`),
        }),
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${printResult(result)}${printMachine(thisMachine())}\n`);
  return result.problems.length === 0 ? 0 : 1;
}

function printResult({ versions, faults, starts, lines, rises, problems }: SoakResult): string {
  const rows = [
    `releases    ${versions}`,
    `starts      ${starts}`,
    `log lines   ${lines}`,
    `faults      ${[...faults].map(([name, times]) => `${name} ${times}`).join(', ')}`,
    ...rises.map(
      ({ what, rise, mayRise, most }) =>
        `${what.padEnd(11)} rose by ${rise.toFixed(1)} of ${mayRise} at most; ${most.toFixed(1)} was the most`,
    ),
    problems.length === 0 ? 'all is well' : `${problems.length} problems:`,
    ...problems.slice(0, 50),
  ];
  return `${rows.join('\n')}\n`;
}

function readArguments(): {
  readonly agents: number;
  readonly durationMs: number;
  readonly interval: string;
  readonly seed: number;
  readonly samples: string | undefined;
} {
  const options = {
    agents: { type: 'string', default: '50' },
    for: { type: 'string', default: '2h' },
    interval: { type: 'string', default: '5s' },
    seed: { type: 'string', default: '1' },
    samples: { type: 'string' },
  } as const;
  try {
    const { values } = parseArgs({ options });
    const [agents, seed, durationMs] = [
      Number(values.agents),
      Number(values.seed),
      parseDuration(values.for),
    ];
    if (!(agents >= 2) || !Number.isInteger(seed) || durationMs === undefined)
      throw new Error('--agents is 2 or more, --seed a whole number, --for a duration such as 5m');
    return { agents, durationMs, interval: values.interval, seed, samples: values.samples };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
