/** What a page shows of a command, and what it says the command prints. */
export interface Shown {
  readonly page: string;
  /** Without a comment behind it. */
  readonly command: string;
  readonly lines: readonly string[];
}

/** Blocks of a page that begin with `$ `, indented by four or fenced; a further `$ ` begins another one. */
export function shownIn(page: string, text: string): readonly Shown[] {
  const shown: { page: string; command: string; lines: string[] }[] = [];
  let open: { page: string; command: string; lines: string[] } | undefined;
  let indent = '';
  for (const line of text.split('\n')) {
    const [, blanks, command] = /^( {4}|)\$ (.*)$/.exec(line) ?? [];
    if (command !== undefined) {
      indent = blanks ?? '';
      open = { page, command: command.replace(/ {2,}#.*$/, ''), lines: [] };
      shown.push(open);
    } else if (open && line === '') {
      // As Markdown has it: an indented block goes on behind a blank line, a fenced one to its end.
      continue;
    } else if (open && open.lines.length === 0 && open.command.endsWith('\\')) {
      open.command = `${open.command.slice(0, -1).trimEnd()} ${line.trim()}`;
    } else if (open && line.startsWith(indent) && line !== '```') {
      open.lines.push(line.slice(indent.length));
    } else {
      open = undefined;
    }
  }
  return shown;
}

/** Whether it was printed so: `...` stands for the rest of a line, or on a line of its own for any lines. Widths of columns may differ. */
export function isPrinted(shown: readonly string[], printed: string): boolean {
  const expression = shown
    .map((line) => {
      if (line.trim() === '...') return '(?:.*\\n)*?';
      const parts = line.split('...').map((part) => part.trim().split(/\s+/).map(escaped).join('\\s+'));
      return `\\s*${parts.join('.*')}\\s*?\\n`;
    })
    .join('');
  const text = `${printed}\n`.replaceAll(/\n{2,}/g, '\n');
  return new RegExp(`^${expression}$`).test(text);
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
