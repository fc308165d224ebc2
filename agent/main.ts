import { runCli } from './cli/program.ts';
import { VERSION } from './version.ts';

/** The composition root: the only file that touches `process`. */
// A reader that leaves early (`landfall config | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { argv, env, stdout, stderr } = process;

// No top-level await: the executable's script is CommonJS.
void runCli(argv.slice(2), {
  terminal: {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    colour: stdout.isTTY === true && !env['NO_COLOR'],
    errIsTerminal: stderr.isTTY === true,
    columns: stdout.isTTY ? stdout.columns : 0,
  },
  env,
  version: VERSION,
  cwd: process.cwd(),
  pid: process.pid,
  uid: process.geteuid?.() ?? 0,
  residentBytes: () => process.memoryUsage.rss(),
  onSignal,
}).then((exitCode) => {
  process.exitCode = exitCode;
});

function onSignal(handler: (signal: 'stop' | 'refresh') => void): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Asked a second time means now.
      if (stopping) process.exit(1);
      stopping = true;
      handler('stop');
    });
  }
  process.on('SIGHUP', () => handler('refresh'));
}
