/** Where a command prints, and what kind of reader sits there. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** True when stdout is a terminal that wants colour (`NO_COLOR` is honoured). */
  readonly colour: boolean;
  readonly errIsTerminal: boolean;
  /** Width of the terminal in columns; 0 when stdout is no terminal. */
  readonly columns: number;
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

/** Columns aligned by the widest cell; no trailing blanks. Cells hold one line each. */
export function alignColumns(rows: readonly (readonly string[])[], gap = 2): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, visibleLength(cell));
  }
  const lines = rows.map((row) =>
    row
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - visibleLength(cell)))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function visibleLength(text: string): number {
  // oxlint-disable-next-line no-control-regex -- colour sequences take no room
  return text.replaceAll(/\u001B\[\d+m/g, '').length;
}
