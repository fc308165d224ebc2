import { systemClock, type Clock } from '#kit/clock.ts';
import { describeFault, LandfallError } from '#kit/errors.ts';
import type { CliContext } from './context.ts';

/** Control sequences of ECMA-48, and xterm's for a screen beside the one with what was printed before. */
const OPEN = '\u001B[?1049h';
const CLOSE = '\u001B[?1049l';
const HOME = '\u001B[H';
const REST_OF_LINE = '\u001B[K';
const REST_OF_SCREEN = '\u001B[J';

const EVERY_MS = 1000;

/**
 * The same screen anew each second until it is stopped, as watch(1) has it; the last one stays. An agent that does not answer is
 * asked again: it may be restarting. @throws LandfallError `LF_USAGE` where stdout is no terminal.
 */
export async function watchScreen(
  draw: () => Promise<string>,
  { terminal, onSignal }: Pick<CliContext, 'terminal' | 'onSignal'>,
  clock: Pick<Clock, 'sleep'> = systemClock,
): Promise<void> {
  if (terminal.columns === 0) throw new LandfallError(NO_TERMINAL);
  const stop = new AbortController();
  onSignal((signal) => {
    if (signal === 'stop') stop.abort();
  });
  let last = '';
  terminal.out(OPEN);
  try {
    while (!stop.signal.aborted) {
      last = await draw().catch(told);
      terminal.out(`${HOME}${fitted(last, terminal.rows)}${REST_OF_SCREEN}`);
      await clock.sleep(EVERY_MS, stop.signal).catch(() => {});
    }
  } finally {
    terminal.out(`${CLOSE}${last}`);
  }
}

const NO_TERMINAL = {
  code: 'LF_USAGE',
  operation: 'watch',
  subject: 'the status',
  cause: 'stdout is no terminal',
  hint: '`landfall watch` prints one line a change, `landfall status --json` one document.',
} as const;

function told(error: unknown): string {
  if (error instanceof LandfallError) return `${describeFault(error.fault)}\n`;
  throw error;
}

/** What does not fit below would push the beginning out of sight. */
function fitted(screen: string, rows = Infinity): string {
  const lines = screen.trimEnd().split('\n').slice(0, rows);
  return lines.map((line) => `${line}${REST_OF_LINE}`).join('\n');
}
