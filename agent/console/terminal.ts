/** Where a command prints, and what kind of reader sits there. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** True when stdout is a terminal that wants colour (`NO_COLOR` is honoured). */
  readonly colour: boolean;
  readonly errIsTerminal: boolean;
  /** Width of the terminal in columns; 0 when stdout is no terminal. */
  readonly columns: number;
  /** Its height in lines; left out where nobody asks. */
  readonly rows?: number;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof STYLES;

export function paint(terminal: Pick<Terminal, 'colour'>, style: Style, text: string): string {
  return terminal.colour ? `\u001B[${STYLES[style]}m${text}\u001B[0m` : text;
}

/** The text with a line end, and never with two. */
export function asLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** One line, whatever a value holds: control characters would break the table, or drive the terminal. */
export function oneLine(value: unknown): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  if (typeof value === 'string' && !/[\u0000-\u001F\u007F-\u009F]/.test(value)) return value;
  return JSON.stringify(value) ?? '';
}

/**
 * Columns aligned by the widest cell; no trailing blanks. Cells hold one line each.
 * @param width of the terminal: what is wider goes on below the last column, nothing is cut. 0: there is none.
 */
export function alignColumns(rows: readonly (readonly string[])[], width = 0): string {
  const gap = 2;
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      const length = visibleLength(cell);
      // One long value must not push what stands beside all others out of sight.
      if (width === 0 || length <= width / 2) widths[index] = Math.max(widths[index] ?? 0, length);
    }
  }
  return rows
    .map((row) => {
      const padded = row.map(
        (cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - visibleLength(cell))),
      );
      const line = padded.join(' '.repeat(gap)).trimEnd();
      if (width === 0 || visibleLength(line) <= width) return `${line}\n`;
      const before = padded.slice(0, -1).join(' '.repeat(gap));
      return wrapped(before, row.at(-1) ?? '', width, gap);
    })
    .join('');
}

/** Too narrow for a column of text. */
const LEAST_COLUMN = 24;
const INDENT = 4;

/** The last cell beside the others as far as it fits, then below its own beginning; or on lines of its own. */
function wrapped(before: string, last: string, width: number, gap: number): string {
  const start = before === '' ? 0 : visibleLength(before) + gap;
  const isBeside = width - start >= LEAST_COLUMN || before === '';
  const indent = isBeside ? start : INDENT;
  const lines = foldWords(last, width - indent);
  const first = isBeside
    ? `${before}${before === '' ? '' : ' '.repeat(gap)}${lines[0] ?? ''}`
    : before.trimEnd();
  const rest = isBeside ? lines.slice(1) : lines;
  return [first, ...rest.map((line) => ' '.repeat(indent) + line)]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** At blanks; a word that is wider than a line has one of its own, so that it can be copied whole. */
function foldWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && visibleLength(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

function visibleLength(text: string): number {
  // oxlint-disable-next-line no-control-regex -- colour sequences take no room
  return text.replaceAll(/\u001B\[\d+m/g, '').length;
}
