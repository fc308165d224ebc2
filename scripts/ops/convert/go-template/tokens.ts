/** Text of a Go template, or what stands between its delimiters. */
export interface Piece {
  readonly kind: 'text' | 'action';
  /** Text of an action, without delimiters and the marks that trim. */
  readonly text: string;
  readonly line: number;
  readonly trimsLeft: boolean;
  readonly trimsRight: boolean;
}

export type Delimiters = readonly [left: string, right: string];

/** https://pkg.go.dev/text/template: actions may hold quoted texts and comments, in which a delimiter is none. */
export function piecesOf(source: string, [left, right]: Delimiters): readonly Piece[] {
  const pieces: Piece[] = [];
  let line = 1;
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf(left, at);
    const text = source.slice(at, open === -1 ? undefined : open);
    if (text !== '') pieces.push({ kind: 'text', text, line, trimsLeft: false, trimsRight: false });
    line += newlines(text);
    if (open === -1) break;
    const close = closeOf(source, open + left.length, right);
    const body = source.slice(open + left.length, close);
    const [, first = '', inner = '', last = ''] = /^(-(?=\s))?([^]*?)((?<=\s)-)?$/.exec(body) ?? [];
    pieces.push({
      kind: 'action',
      text: inner.trim(),
      line,
      trimsLeft: first !== '',
      trimsRight: last !== '',
    });
    line += newlines(body);
    at = close + right.length;
  }
  return pieces;
}

function closeOf(source: string, from: number, right: string): number {
  const rest = source.slice(from);
  const comment = /^-?\s*\/\*[^]*?\*\/\s*-?/.exec(rest);
  if (comment && rest.startsWith(right, comment[0].length)) return from + comment[0].length;
  for (let at = from; at < source.length; at += 1) {
    if (source.startsWith(right, at)) return at;
    const quote = source[at];
    if (quote !== '"' && quote !== '`') continue;
    at += 1;
    while (at < source.length && source[at] !== quote) at += quote === '"' && source[at] === '\\' ? 2 : 1;
  }
  return source.length;
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}
