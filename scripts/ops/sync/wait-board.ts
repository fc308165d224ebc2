import { oneLine, type Terminal } from '#agent/console/terminal.ts';

/** What a command says while it works. On a terminal each copy that is waited for has a bar, below all else that is said. */
export interface WaitBoard {
  /** A line that stays. */
  tell(text: string): void;
  /** @param name of the job and its region. @param percent undefined: nobody knows. */
  waiting(name: string, id: string, percent: number | undefined): void;
  /** There is nothing to wait for any more. */
  settled(name: string): void;
  end(): void;
}

interface Bar {
  readonly id: string;
  readonly percent: number | undefined;
}

const COLUMNS = 80;
const CELLS = 20;

export function createWaitBoard({ err, errIsTerminal }: Pick<Terminal, 'err' | 'errIsTerminal'>): WaitBoard {
  const bars = new Map<string, Bar>();
  const said = new Map<string, string>();
  let drawn = 0;
  const clear = (): string => (drawn === 0 ? '' : `\u001B[${drawn}A\u001B[J`);
  /** In one write, or it would be seen to flicker. */
  const draw = (above = ''): void => {
    const lines = [...bars].map(([name, bar]) => barLine(name, bar));
    err(`${clear()}${above}${lines.join('')}`);
    drawn = lines.length;
  };
  return {
    tell: (text) => (errIsTerminal ? draw(line(text)) : err(line(text))),
    waiting: (name, id, percent) => {
      if (errIsTerminal) {
        bars.set(name, { id, percent });
        draw();
        return;
      }
      // A line each ten percent: a log is read by people, too.
      const far = percent === undefined ? '' : `, ${Math.floor(percent / 10) * 10} %`;
      const text = `${name}: ${id} is pending${far}`;
      if (said.get(name) !== text) err(line(text));
      said.set(name, text);
    },
    settled: (name) => {
      if (bars.delete(name)) draw();
    },
    end: () => {
      bars.clear();
      if (drawn > 0) draw();
    },
  };
}

function line(text: string): string {
  return `${oneLine(text)}\n`;
}

function barLine(name: string, { id, percent }: Bar): string {
  const full = percent === undefined ? 0 : Math.round((CELLS * Math.min(100, Math.max(0, percent))) / 100);
  const far = percent === undefined ? '  ...' : `${String(Math.floor(percent)).padStart(3)} %`;
  const bar = `[${'#'.repeat(full)}${'.'.repeat(CELLS - full)}] ${far}`;
  // One line each, or the next drawing would leave some of them.
  return `${`${bar}  ${oneLine(name)}  ${oneLine(id)}`.slice(0, COLUMNS - 1)}\n`;
}
