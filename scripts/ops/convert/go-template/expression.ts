/** What an action says: a call, a value, or a path below the dot or a variable. */
export type Expression =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'word'; readonly text: 'true' | 'false' | 'nil' }
  /** `.Key` of the dot, `$x.Value` of a variable; the dot itself has no fields. */
  | { readonly kind: 'path'; readonly variable: string | undefined; readonly fields: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

/** What cannot be said in Liquid, and why. */
export class Untranslatable extends Error {}

const TOKEN =
  /\s+|"(?:[^"\\]|\\.)*"|`[^`]*`|-?\d+(?:\.\d+)?|\$?[A-Za-z_]\w*(?:\.\w+)*|\$(?:\.\w+)*|\.[A-Za-z_][\w.]*|\.|[|(),]|:?=/y;

/** Reads a pipeline: what one command gives is the last argument of the next. Throws `Untranslatable`. */
export function readPipeline(source: string): Expression {
  const reader = new Reader(wordsOf(source));
  const read = reader.pipeline();
  if (!reader.isAtEnd) throw new Untranslatable('it is no pipeline of Go templates');
  return read;
}

export function wordsOf(source: string): readonly string[] {
  const words: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(source);
    if (!found)
      throw new Untranslatable(`there is no meaning to ${JSON.stringify(source.slice(from, from + 12))}`);
    if (found[0].trim() !== '') words.push(found[0]);
  }
  return words;
}

class Reader {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#words.length;
  }

  pipeline(): Expression {
    let read = this.#command(undefined);
    while (this.#words[this.#at] === '|') {
      this.#at += 1;
      read = this.#command(read);
    }
    return read;
  }

  #command(before: Expression | undefined): Expression {
    const terms: Expression[] = [];
    for (
      let word = this.#words[this.#at];
      word !== undefined && !['|', ')'].includes(word);
      word = this.#words[this.#at]
    )
      terms.push(this.#term());
    const [first, ...args] = terms;
    if (!first) throw new Untranslatable('a command is missing');
    if (first.kind === 'call') return { ...first, args: [...args, ...(before ? [before] : [])] };
    if (args.length > 0 || before) throw new Untranslatable('only functions take arguments');
    return first;
  }

  #term(): Expression {
    const word = this.#words[this.#at] ?? '';
    this.#at += 1;
    if (word === '(') {
      const inner = this.pipeline();
      if (this.#words[this.#at] !== ')') throw new Untranslatable('a parenthesis does not end');
      this.#at += 1;
      // Its value, whatever follows: arguments of a function within are its own.
      return inner.kind === 'call' ? { kind: 'call', name: '()', args: [inner] } : inner;
    }
    if (word.startsWith('"')) return { kind: 'text', text: unquoted(word) };
    if (word.startsWith('`')) return { kind: 'text', text: word.slice(1, -1) };
    if (/^-?\d/.test(word)) return { kind: 'number', text: word };
    if (word === 'true' || word === 'false' || word === 'nil') return { kind: 'word', text: word };
    if (word === '.') return { kind: 'path', variable: undefined, fields: [] };
    if (word.startsWith('.')) return { kind: 'path', variable: undefined, fields: word.slice(1).split('.') };
    if (word.startsWith('$')) {
      const [variable = '$', ...fields] = word.split('.');
      return { kind: 'path', variable, fields };
    }
    if (/^[A-Za-z_]\w*(\.\w+)*$/.test(word)) return { kind: 'call', name: word, args: [] };
    throw new Untranslatable(`there is no meaning to ${word} here`);
  }
}

function unquoted(word: string): string {
  return word
    .slice(1, -1)
    .replaceAll(/\\(.)/g, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter);
}
