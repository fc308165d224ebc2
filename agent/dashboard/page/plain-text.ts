/** A stretch of text as it stands, or a character that would not be seen, or would change how others are. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: string };

/** Controls, what has no width, what turns the direction of writing: a value could pass for another with them. */
const UNSEEN =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** @param keepsLines line breaks and tabs stand as they are. */
export function piecesOf(text: string, most: number, keepsLines = false): readonly Piece[] {
  const shown = cut(text, most);
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: letter, index } of shown.matchAll(UNSEEN)) {
    if (keepsLines && (letter === '\n' || letter === '\t')) continue;
    if (index > from) pieces.push({ kind: 'text', text: shown.slice(from, index) });
    pieces.push({ kind: 'mark', text: nameOf(letter) });
    from = index + letter.length;
  }
  if (from < shown.length) pieces.push({ kind: 'text', text: shown.slice(from) });
  return pieces;
}

/** The same where there is room for nothing but text: in an option, a title. */
export function plainText(text: string, most = 120): string {
  const pieces = piecesOf(text, most).map((piece) =>
    piece.kind === 'mark' ? `[${piece.text}]` : piece.text,
  );
  return pieces.join('');
}

/** Never in the middle of a character. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most;
  return text.slice(0, end);
}

function nameOf(letter: string): string {
  if (letter === '\n') return '\u21b5';
  if (letter === '\t') return '\u21e5';
  return `U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
