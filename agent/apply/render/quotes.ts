import type { TemplateEntry } from '../../plan/plan.ts';

/** Between what the next character of a text would stand; `unclear`: where no escape is known to be right. */
export type Standing = 'outside' | 'single' | 'double' | 'comment' | 'unclear';

/** Reads a text as it grows and knows where its end stands. Time is linear in the text. */
export interface QuoteScanner {
  feed(text: string): void;
  readonly standing: Standing;
  /** The last line so far, at most its first 1,000 characters. */
  readonly line: string;
}

/** `paren`: within `( )` of a shell, which stands outside, also within quotes around it. */
type Frame = 'single' | 'double' | 'comment' | 'paren' | 'backquote';

/** The end of the line that begins a here-document; `<<<` is none. */
const HERE_DOCUMENT = /(?:^|[^<])<<-?\s*\\?(["']?)([A-Za-z_]\w*)\1/;

/**
 * Quotes and comments of one format; nothing more of its grammar. In JSON and YAML each line starts outside, for a plain
 * scalar may hold any apostrophe; sh and environment files may have a line feed between quotes. In sh `$( )` begins anew
 * within quotes; backquotes and here-documents read what is in them by rules of their own and are `unclear`.
 */
export function createQuoteScanner(format: TemplateEntry['format']): QuoteScanner {
  const isShell = format === 'shell';
  const isShellLike = isShell || format === 'env';
  let frames: Frame[] = [];
  let line = '';
  let before = '\n';
  let skips = false;
  /** The line that ends the here-document under way. */
  let delimiter: string | undefined;

  const endLine = (): void => {
    if (delimiter !== undefined) {
      if (line.trim() === delimiter) delimiter = undefined;
    } else if (!isShellLike) frames = [];
    else if (frames.at(-1) === 'comment') frames.pop();
    else if (isShell) delimiter = HERE_DOCUMENT.exec(line)?.[2];
    line = '';
  };

  const outside = (character: string): void => {
    if (character === '\\' && isShellLike) skips = true;
    else if (character === '#' && format !== 'json' && /\s/.test(before)) frames.push('comment');
    else if (character === ';' && format === 'env' && line.trim() === ';') frames.push('comment');
    else if (character === '"' && mayOpen()) frames.push('double');
    else if (character === "'" && format !== 'json' && mayOpen()) frames.push('single');
    else if (character === '`' && isShell) frames.push('backquote');
    else if (character === '(' && isShell) frames.push('paren');
    else if (character === ')' && frames.at(-1) === 'paren') frames.pop();
  };

  /** In YAML a quote within a plain scalar is text; `''` closes and opens again. */
  const mayOpen = (): boolean => format !== 'yaml' || /[\s[{,:'"]/.test(before);

  const double = (character: string): void => {
    if (character === '\\') skips = true;
    else if (character === '"') frames.pop();
    else if (character === '`' && isShell) frames.push('backquote');
    else if (character === '(' && before === '$' && isShell) frames.push('paren');
  };

  const step = (character: string): void => {
    if (character !== '\n' && line.length < 1000) line += character;
    const frame = frames.at(-1);
    if (skips || delimiter !== undefined) skips = false;
    else if (frame === undefined || frame === 'paren') outside(character);
    else if (frame === 'double') double(character);
    else if (frame === 'single' && character === "'") frames.pop();
    else if (frame === 'backquote' && character === '\\') skips = true;
    else if (frame === 'backquote' && character === '`') frames.pop();
    if (character === '\n') endLine();
    before = character;
  };

  return {
    feed(text) {
      for (const character of text) step(character);
    },
    get standing() {
      if (delimiter !== undefined || frames.includes('backquote')) return 'unclear';
      const frame = frames.at(-1);
      return frame === undefined || frame === 'paren' || frame === 'backquote' ? 'outside' : frame;
    },
    get line() {
      return line;
    },
  };
}
