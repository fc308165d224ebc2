import { rawLiquid } from '../instance-facts.ts';
import type { Dialect } from './dialect.ts';
import { readPipeline, Untranslatable, wordsOf } from './expression.ts';
import { Scope, type KeyUse, type Value } from './scope.ts';
import { piecesOf, type Delimiters, type Piece } from './tokens.ts';
import { treeOf, type Part } from './tree.ts';

export interface Translation {
  readonly text: string;
  /** Keys that have to be there, each once. */
  readonly keys: readonly KeyUse[];
  readonly left: readonly { readonly line: number; readonly what: string; readonly why: string }[];
}

/** A Go template as a Liquid template. What cannot be said is a comment in its place. */
export function translate(source: string, dialect: Dialect, delimiters: Delimiters): Translation {
  const left: Translation['left'][number][] = [];
  const keys = new Map<string, KeyUse>();
  const scope = new Scope(dialect, (use) => {
    if (!keys.has(use.key)) keys.set(use.key, use);
  });
  const leave = (piece: Piece, error: unknown): string => {
    if (!(error instanceof Untranslatable)) throw error;
    const what = piece.text.replaceAll(/\s+/g, ' ').slice(0, 70);
    left.push({ line: piece.line, what, why: error.message });
    return `{% comment %}left out: ${what.replaceAll(/[{}%]/g, '')}{% endcomment %}`;
  };
  const all = (parts: readonly Part[]): string => parts.map(part).join('');
  const part = (one: Part): string => {
    if (one.kind === 'text') return rawLiquid(one.piece.text);
    const piece = one.kind === 'action' ? one.piece : (one.branches[0]?.piece ?? NOTHING);
    scope.line = piece.line;
    try {
      return one.kind === 'action' ? action(piece, scope) : block(one, scope, all);
    } catch (error) {
      return leave(piece, error);
    }
  };
  const text = all(treeOf(piecesOf(source, delimiters)));
  return { text, keys: [...keys.values()], left };
}

const NOTHING: Piece = { kind: 'action', text: '', line: 1, trimsLeft: false, trimsRight: false };

function tag(piece: Piece, body: string): string {
  return `{%${piece.trimsLeft ? '-' : ''} ${body} ${piece.trimsRight ? '-' : ''}%}`;
}

function action(piece: Piece, scope: Scope): string {
  if (piece.text.startsWith('/*') || piece.text === '') {
    return piece.trimsLeft || piece.trimsRight ? tag(piece, 'comment') + '{% endcomment %}' : '';
  }
  const set = /^\$(\w+)\s*:?=\s*([^]*)$/.exec(piece.text);
  if (set) {
    const [, name = '', source = ''] = set;
    const value = scope.value(readPipeline(source));
    scope.define(`$${name}`, { kind: 'value', text: name });
    return tag(piece, `assign ${name} = ${value.text}`);
  }
  const [word = ''] = wordsOf(piece.text);
  if (/^(template|block|define|break|continue|end|else)$/.test(word))
    throw new Untranslatable(`${word} has no counterpart`);
  const { text } = scope.value(readPipeline(piece.text));
  return `{{${piece.trimsLeft ? '-' : ''} ${text} ${piece.trimsRight ? '-' : ''}}}`;
}

type Block = Extract<Part, { kind: 'block' }>;

function block(
  { word, branches, end }: Block,
  scope: Scope,
  all: (parts: readonly Part[]) => string,
): string {
  const [first, ...others] = branches;
  if (!first) return '';
  if (!end) throw new Untranslatable('a block does not end');
  const source = first.piece.text.slice(word.length).trim();
  if (word === 'if') {
    // All conditions first: a branch that cannot be said takes the whole block along.
    const opened = tag(first.piece, `if ${scope.condition(readPipeline(source))}`);
    const elses = others.map(({ piece }) => elseOf(piece, scope));
    const bodies = branches.map(({ parts }) => scope.within(undefined, () => all(parts)));
    return (
      opened +
      bodies.map((body, at) => (at === 0 ? body : (elses[at - 1] ?? '') + body)).join('') +
      tag(end, 'endif')
    );
  }
  if (word === 'with') {
    const [name, expression] = assigned(source);
    const read = readPipeline(expression);
    const entry = scope.entry(read);
    const condition = entry?.kind === 'pair' ? `${entry.value} != nil` : scope.condition(read);
    const value: Value = entry ?? scope.value(read);
    const body = scope.within(
      { dot: value, ...(name === undefined ? {} : { variable: [name, value] as const }) },
      () => all(first.parts),
    );
    const rest = others.map(({ piece, parts }) => elseOf(piece, scope) + all(parts)).join('');
    return tag(first.piece, `if ${condition}`) + body + rest + tag(end, 'endif');
  }
  if (word !== 'range')
    throw new Untranslatable(`${word} has no counterpart: includes are \`{% include "part" %}\``);
  const { name, collection, each, variables } = scope.range(source);
  const body = scope.within({ dot: each, variables }, () => all(first.parts));
  const rest = others.map(({ piece, parts }) => elseOf(piece, scope) + all(parts)).join('');
  return tag(first.piece, `for ${name} in ${collection}`) + body + rest + tag(end, 'endfor');
}

function elseOf(piece: Piece, scope: Scope): string {
  const source = /^else\s+if\b([^]*)$/.exec(piece.text)?.[1];
  return tag(piece, source === undefined ? 'else' : `elsif ${scope.condition(readPipeline(source))}`);
}

function assigned(source: string): readonly [name: string | undefined, expression: string] {
  const found = /^(\$\w+)\s*:=\s*([^]*)$/.exec(source);
  return found ? [found[1], found[2] ?? ''] : [undefined, source];
}
