import type { CliContext } from '#agent/cli/context.ts';
import { runCli } from '#agent/cli/program.ts';

export interface CommandLine {
  readonly context: CliContext;
  /** Everything printed so far. */
  out(): string;
  err(): string;
  /** Resolves once stdout satisfies `enough`. */
  printed(enough: (text: string) => boolean): Promise<void>;
  signal(kind: 'stop' | 'refresh'): void;
  /** How many handlers wait for signals. */
  readonly handlers: number;
  run(...args: readonly string[]): Promise<number>;
}

/** A terminal and a process for one command line. The metadata endpoint is a loopback port where nothing listens. */
export function commandLine(
  env: Readonly<Record<string, string>> = {},
  terminal: Partial<Pick<CliContext['terminal'], 'colour' | 'errIsTerminal' | 'columns' | 'rows'>> = {},
): CommandLine {
  let out = '';
  let err = '';
  const handlers: ((kind: 'stop' | 'refresh') => void)[] = [];
  const waiting = new Set<() => void>();
  const context: CliContext = {
    terminal: {
      out: (text) => {
        out += text;
        for (const look of waiting) look();
      },
      err: (text) => {
        err += text;
      },
      colour: false,
      errIsTerminal: false,
      columns: 0,
      ...terminal,
    },
    env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9', ...env },
    version: '1.2.3',
    cwd: '/',
    pid: process.pid,
    uid: process.geteuid?.() ?? 0,
    residentBytes: () => 0,
    moment: () => ({ ms: 0, cpuMs: 0 }),
    scriptAtMs: 0,
    kill: (pid, signal) => void process.kill(pid, signal),
    keepOutOfDumps: () => {},
    settleDown: () => {},
    tidyUp: () => {},
    relaySignals: () => {},
    onSignal: (handler) => void handlers.push(handler),
  };
  return {
    context,
    out: () => out,
    err: () => err,
    printed: (enough) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!enough(out)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    signal: (kind) => {
      for (const handler of handlers) handler(kind);
    },
    get handlers() {
      return handlers.length;
    },
    run: (...args) => runCli(args, context),
  };
}
