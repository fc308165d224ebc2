import type { PlanMap, PlanNode } from '#agent/plan/plan-node.ts';
import { unreadable } from './located.ts';

/** The part of TOML that resources of confd use: tables, and keys with texts, numbers, flags and lists. Fails with `LF_CONVERT`. */
export function readToml(file: string, text: string): PlanMap {
  const root = new Map<string, PlanNode>();
  let table = root;
  const source = text.replace(/^\uFEFF/, '');
  let at = 0;
  const lineAt = (offset: number): number => source.slice(0, offset).split('\n').length;
  const fails = (): never => {
    throw unreadable(`${file}:${lineAt(at)}`, 'this is none of the TOML that resources of confd use');
  };
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) at = pattern.lastIndex;
    return found ?? undefined;
  };
  const skip = (): void => void match(/(?:\s+|#[^\n]*)*/y);
  const value = (): PlanNode => {
    const place = { layer: '', file, line: lineAt(at) };
    const long = match(/"""\r?\n?([^]*?)"""|'''\r?\n?([^]*?)'''/y);
    if (long)
      return { ...place, kind: 'scalar', value: long[1] ?? long[2] ?? '', text: long[1] ?? long[2] ?? '' };
    const basic = match(/"((?:[^"\\\n]|\\.)*)"/y);
    if (basic) {
      const read = unescaped(basic[1] ?? '');
      return { ...place, kind: 'scalar', value: read, text: read };
    }
    const literal = match(/'([^'\n]*)'/y);
    if (literal) return { ...place, kind: 'scalar', value: literal[1] ?? '', text: literal[1] ?? '' };
    const bare = match(/[\w.+:-]+/y);
    if (bare) return { ...place, kind: 'scalar', value: bare[0], text: bare[0] };
    if (!match(/\[/y)) return fails();
    const items: PlanNode[] = [];
    for (skip(); !match(/\]/y); skip()) {
      items.push(value());
      skip();
      if (!match(/,/y) && source[at] !== ']') fails();
    }
    return { ...place, kind: 'list', items };
  };
  for (skip(); at < source.length; skip()) {
    const line = lineAt(at);
    const header = match(/\[\[?\s*([\w."-]+)\s*\]\]?/y);
    if (header) {
      table = new Map();
      root.set(header[1] ?? '', { kind: 'map', layer: '', file, line, members: table });
      continue;
    }
    const key = match(/("?)([\w.-]+)\1[ \t]*=[ \t]*/y) ?? fails();
    table.set(key[2] ?? '', { ...value(), line });
  }
  return { kind: 'map', layer: '', file, line: 1, members: root };
}

export function unescaped(text: string): string {
  return text.replaceAll(/\\(u[0-9a-fA-F]{4}|.)/g, (_, what: string) => {
    if (what.length > 1) return String.fromCharCode(Number.parseInt(what.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }[what] ?? what;
  });
}
