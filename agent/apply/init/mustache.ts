import { isJsonObject, type Json } from '../../plan/json.ts';
import { isTrue } from '../render/template-truth.ts';

export type Rendering =
  | { readonly kind: 'rendered'; readonly text: string }
  | { readonly kind: 'unknown'; readonly name: string }
  /** A tag beyond variables, sections and comments. */
  | { readonly kind: 'unsupported'; readonly tag: string }
  /** A section that does not end, or an end without its section. */
  | { readonly kind: 'unbalanced'; readonly tag: string }
  /** Lists within lists that would put out more than any file may have. */
  | { readonly kind: 'endless' };

/** So many items sections may go through, all together. */
const MAX_ITEMS = 100_000;

/**
 * The part of mustache(5) that a `context` is for: `{{name}}` escaped for HTML, `{{{name}}}` and `{{&name}}` as it is,
 * dotted names, comments, sections. A section goes by the rule of conditions in templates: the texts `false`, `no`, `0` and the
 * empty one are none. A variable that the context lacks is an error; mustache would write nothing.
 */
export function renderMustache(template: string, context: Json): Rendering {
  const parsed = parse(template);
  if ('kind' in parsed) return parsed;
  const stopped: Rendering[] = [];
  const run = { stop: (rendering: Rendering) => stopped.push(rendering), left: MAX_ITEMS };
  const text = put(parsed.nodes, [context], run);
  return stopped[0] ?? { kind: 'rendered', text };
}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly isEscaped: boolean }
  | Section;

interface Section {
  readonly kind: 'section';
  readonly name: string;
  readonly tag: string;
  readonly isInverted: boolean;
  readonly nodes: Node[];
}

const TAGS = /\{\{\{([^{}]*)\}\}\}|\{\{!(?:[^}]|\}(?!\}))*\}\}|\{\{([^{}]*)\}\}/g;

function parse(template: string): { readonly nodes: readonly Node[] } | Rendering {
  const root: Node[] = [];
  const open: Section[] = [];
  let end = 0;
  for (const match of template.matchAll(TAGS)) {
    const [tag, raw, plain] = match;
    const inner = (raw ?? plain)?.trim();
    const [sigil = ''] = raw === undefined ? (inner ?? '!') : '';
    const name = (inner ?? '').replace(/^[#^/&]\s*/, '');
    if (/[>=$<]/.test(sigil)) return { kind: 'unsupported', tag };
    const alone = /[#^/!]/.test(sigil) ? lineOf(template, match.index, tag) : undefined;
    const nodes = open.at(-1)?.nodes ?? root;
    nodes.push({ kind: 'text', text: template.slice(end, Math.max(end, alone?.start ?? match.index)) });
    end = alone?.end ?? match.index + tag.length;
    if (sigil === '#' || sigil === '^') {
      const section: Section = { kind: 'section', name, tag, isInverted: sigil === '^', nodes: [] };
      nodes.push(section);
      open.push(section);
    } else if (sigil === '/') {
      if (open.pop()?.name !== name) return { kind: 'unbalanced', tag };
    } else if (sigil !== '!')
      nodes.push({ kind: 'variable', name, isEscaped: raw === undefined && sigil !== '&' });
  }
  const [unended] = open;
  if (unended !== undefined) return { kind: 'unbalanced', tag: unended.tag };
  return { nodes: [...root, { kind: 'text', text: template.slice(end) }] };
}

/** A tag that puts nothing out and has a line for itself takes the line with it. */
function lineOf(
  template: string,
  index: number,
  tag: string,
): { readonly start: number; readonly end: number } | undefined {
  const start = template.lastIndexOf('\n', index - 1) + 1;
  const before = index === 0 ? '' : template.slice(start, index);
  const after = /^[ \t]*(?:\r?\n|$)/.exec(template.slice(index + tag.length));
  return before.trim() === '' && after !== null
    ? { start: index === 0 ? 0 : start, end: index + tag.length + after[0].length }
    : undefined;
}

interface Run {
  readonly stop: (rendering: Rendering) => void;
  left: number;
}

function put(nodes: readonly Node[], contexts: readonly Json[], run: Run): string {
  const pieces = nodes.map((node) => {
    if (node.kind === 'text') return node.text;
    if (node.kind === 'variable') {
      const value = printed(lookUp(contexts, node.name));
      if (value === undefined) run.stop({ kind: 'unknown', name: node.name });
      return node.isEscaped ? escapeHtml(value ?? '') : (value ?? '');
    }
    const value = lookUp(contexts, node.name);
    if (node.isInverted) return isTrue(value) ? '' : put(node.nodes, contexts, run);
    const items = !isTrue(value) ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value as Json];
    run.left -= items.length;
    if (run.left >= 0) return items.map((item) => put(node.nodes, [item, ...contexts], run)).join('');
    run.stop({ kind: 'endless' });
    return '';
  });
  return pieces.join('');
}

/** Looks a name up in the innermost section whose value has its first part. */
function lookUp(contexts: readonly Json[], name: string): Json | undefined {
  if (name === '.') return contexts[0];
  const [first = '', ...rest] = name.split('.');
  const found = contexts.find((context) => isJsonObject(context) && Object.hasOwn(context, first));
  return [first, ...rest].reduce<Json | undefined>((value, part) => {
    return isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }, found);
}

function printed(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
