import type { Terminal } from '#agent/console/terminal.ts';

/** One line on a terminal that says how far something is; silent elsewhere. */
export interface Progress {
  step(): void;
  /** Clears the line. */
  end(): void;
}

export function createProgress(
  label: string,
  total: number,
  terminal: Pick<Terminal, 'err' | 'errIsTerminal'>,
): Progress {
  const CLEAR = '\r\u001B[K';
  let done = 0;
  const show = (): void => {
    if (terminal.errIsTerminal) terminal.err(`${CLEAR}${label} ${done}/${total}`);
  };
  show();
  return {
    step: () => {
      done += 1;
      show();
    },
    end: () => {
      if (terminal.errIsTerminal) terminal.err(CLEAR);
    },
  };
}
