import { createInterface } from 'node:readline/promises';
import { isSea } from 'node:sea';
import { setFlagsFromString, stopCoverage } from 'node:v8';
import { environmentsOf } from '#agent/node-environment.ts';
import { systemClock } from '#kit/clock.ts';
import type { OpsContext } from './console/context.ts';
import { loadFromDefaultChain } from './site/default-chain.ts';
import { runOps } from './program.ts';

/** `landfall-ops`: what operators run, from laptops and pipelines. The only file here that touches `process`. */
const { argv, argv0, execPath, stdin, stdout, stderr } = process;
const { given: env, quiet } = environmentsOf(process.env);
if (quiet && isSea()) {
  // Else NODE_V8_COVERAGE has Node write a file before it goes.
  stopCoverage();
  process.execve?.(execPath, [argv0, ...argv.slice(2)], quiet);
}

// A reader that leaves early (`landfall-ops releases | head`) is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked a second time means now.
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  });
}

const context: OpsContext = {
  out: (text) => void stdout.write(text),
  outBytes: (bytes) => void stdout.write(bytes),
  err: (text) => void stderr.write(text),
  colour: stdout.isTTY && !env['NO_COLOR'],
  errIsTerminal: stderr.isTTY,
  columns: stdout.isTTY ? stdout.columns : 0,
  env,
  clock: systemClock,
  random: Math.random,
  stop: stop.signal,
  loadCredentials: (region) => loadFromDefaultChain(region, env),
  // V8 lets a heap double before it looks what of it is still wanted.
  keepSmall: () => setFlagsFromString('--heap-growing-percent=30'),
  ...(stdin.isTTY && stderr.isTTY ? { ask } : {}),
};

// No top-level await: the executable's script is CommonJS.
void run();

async function run(): Promise<void> {
  process.exitCode = await runOps(argv.slice(2), context);
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: stop.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
