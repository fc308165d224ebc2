import type { PlanMap, PlanNode } from '#agent/plan/plan-node.ts';
import { unreadable } from './located.ts';
import { unescaped } from './toml.ts';

/** A block of a file of HCL 1, such as `template { ... }`. */
export interface HclBlock {
  readonly name: string;
  readonly node: PlanMap;
}

/** What files of consul-template are made of: blocks and settings. A block within a block is a map. Fails with `LF_CONVERT`. */
export function readHcl(file: string, text: string): readonly HclBlock[] {
  const source = text.replace(/^\uFEFF/, '');
  let at = 0;
  const lineAt = (offset: number): number => source.slice(0, offset).split('\n').length;
  const place = (): { layer: string; file: string; line: number } => ({ layer: '', file, line: lineAt(at) });
  const fails = (cause = 'this is no block and no setting of HCL'): never => {
    throw unreadable(`${file}:${lineAt(at)}`, cause);
  };
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) at = pattern.lastIndex;
    return found ?? undefined;
  };
  const skip = (): void => void match(/(?:[\s,]+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)*/y);
  const scalar = (text_: string, from: ReturnType<typeof place>): PlanNode => ({
    ...from,
    kind: 'scalar',
    value: text_,
    text: text_,
  });
  const value = (): PlanNode => {
    const from = place();
    const heredoc = match(/<<(-?)\s*(\w+)[^\n]*\n/y);
    if (heredoc) {
      const [, dash, mark = ''] = heredoc;
      const body =
        match(new RegExp(`([^]*?)^[ \\t]*${mark}[ \\t]*$`, 'my')) ??
        fails(`the text up to ${mark} does not end`);
      return scalar(dash === '' ? (body[1] ?? '') : withoutIndent(body[1] ?? ''), {
        ...from,
        line: from.line + 1,
      });
    }
    const quoted = match(/"((?:[^"\\]|\\.)*)"/y);
    if (quoted) return scalar(unescaped(quoted[1] ?? ''), from);
    const bare = match(/[\w.+-]+/y);
    if (bare) return scalar(bare[0], from);
    if (match(/\{/y)) return { ...from, kind: 'map', members: body(true) };
    if (!match(/\[/y)) return fails('a value is missing');
    const items: PlanNode[] = [];
    for (skip(); !match(/\]/y); skip()) items.push(value());
    return { ...from, kind: 'list', items };
  };
  const blocks: HclBlock[] = [];
  const body = (isNested: boolean): Map<string, PlanNode> => {
    const members = new Map<string, PlanNode>();
    for (skip(); !(isNested ? match(/\}/y) : at >= source.length); skip()) {
      const { line } = place();
      const name = match(/"?([\w.-]+)"?[ \t]*/y)?.[1] ?? fails();
      const labels = match(/(?:"[^"]*"[ \t]*)+/y);
      if (!match(/[=:]\s*/y) && source[at] !== '{') fails(`${labels?.[0] ?? name} has no value`);
      const read = { ...value(), line };
      if (!isNested && read.kind === 'map') blocks.push({ name, node: read });
      else members.set(name, read);
    }
    return members;
  };
  const settings = body(false);
  for (const [name, node] of settings) {
    blocks.push({
      name,
      node: { kind: 'map', layer: '', file, line: node.line, members: new Map([[name, node]]) },
    });
  }
  return blocks;
}

/** `<<-` takes away what all lines are indented by. */
function withoutIndent(text: string): string {
  const lines = text.split('\n');
  const indents = lines
    .filter((line) => line.trim() !== '')
    .map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  const least = Math.min(...indents, Number.MAX_SAFE_INTEGER);
  return lines.map((line) => line.slice(Math.min(least, line.length))).join('\n');
}
