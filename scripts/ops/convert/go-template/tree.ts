import type { Piece } from './tokens.ts';

/** A Go template as its blocks. */
export type Part =
  | { readonly kind: 'text'; readonly piece: Piece }
  | { readonly kind: 'action'; readonly piece: Piece }
  | {
      readonly kind: 'block';
      /** `if`, `range`, `with`, `define`, `block`. */
      readonly word: string;
      /** The block's own action, then an `else` or `else if` each. */
      readonly branches: readonly { readonly piece: Piece; readonly parts: readonly Part[] }[];
      /** Undefined where the template ends before the block. */
      readonly end: Piece | undefined;
    };

const OPENER = /^(if|range|with|define|block)\b/;

export function treeOf(pieces: readonly Piece[]): readonly Part[] {
  let at = 0;
  const partsUntilEnd = (): Part[] => {
    const parts: Part[] = [];
    for (let piece = pieces[at]; piece; piece = pieces[at]) {
      if (piece.kind === 'action' && /^(end|else)\b/.test(piece.text)) break;
      at += 1;
      const opener = piece.kind === 'action' ? OPENER.exec(piece.text)?.[1] : undefined;
      parts.push(opener === undefined ? { kind: piece.kind, piece } : block(opener, piece));
    }
    return parts;
  };
  const block = (word: string, opener: Piece): Part => {
    const branches = [{ piece: opener, parts: partsUntilEnd() }];
    for (let piece = pieces[at]; piece && piece.text.startsWith('else'); piece = pieces[at]) {
      at += 1;
      branches.push({ piece, parts: partsUntilEnd() });
    }
    const end = pieces[at];
    at += 1;
    return { kind: 'block', word, branches, end };
  };
  const all: Part[] = [];
  while (at < pieces.length) {
    all.push(...partsUntilEnd());
    // An `end` of nothing.
    const stray = pieces[at];
    if (stray) all.push({ kind: 'action', piece: stray });
    at += 1;
  }
  return all;
}
