import type { PlanMap, PlanScalar } from '#agent/plan/plan-node.ts';

export interface IniSection {
  readonly name: string;
  readonly node: PlanMap;
}

/** As Python's configparser reads it: sections, `key = value` or `key: value`, comments, and lines that go on by their indentation. */
export function readIni(file: string, text: string): readonly IniSection[] {
  const sections: { name: string; line: number; members: Map<string, PlanScalar> }[] = [];
  let last: string | undefined;
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '' || /^\s*[#;]/.test(line)) continue;
    const section = sections.at(-1);
    const header = /^\[(.+)\]\s*$/.exec(line);
    if (header) {
      sections.push({ name: header[1] ?? '', line: index + 1, members: new Map() });
      last = undefined;
      continue;
    }
    const before = last === undefined ? undefined : section?.members.get(last);
    if (/^\s/.test(line) && before && last !== undefined) {
      section?.members.set(last, scalar(file, before.line, `${before.text}\n${line.trim()}`));
      continue;
    }
    const found = /^\s*([^=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(line);
    last = (found?.[1] ?? line.trim()).toLowerCase();
    section?.members.set(last, scalar(file, index + 1, found?.[2] ?? ''));
  }
  return sections.map(({ name, line, members }) => {
    return { name, node: { kind: 'map', layer: '', file, line, members } };
  });
}

function scalar(file: string, line: number, text: string): PlanScalar {
  return { kind: 'scalar', layer: '', file, line, value: text, text };
}
