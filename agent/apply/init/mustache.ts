import { isJsonObject, type Json } from '../../plan/json.ts';

export type Rendering =
  | { readonly kind: 'rendered'; readonly text: string }
  | { readonly kind: 'unknown'; readonly name: string }
  /** A tag beyond variables and comments. */
  | { readonly kind: 'unsupported'; readonly tag: string };

/**
 * The part of mustache(5) that a `context` is for: `{{name}}` escaped for HTML, `{{{name}}}` and `{{&name}}` as it is,
 * dotted names, comments. A name that the context lacks is an error; mustache would write nothing.
 */
export function renderMustache(template: string, context: Json): Rendering {
  let stopped: Rendering | undefined;
  const text = template.replaceAll(
    /\{\{\{([^{}]*)\}\}\}|\{\{!(?:[^}]|\}(?!\}))*\}\}|\{\{([^{}]*)\}\}/g,
    (tag: string, raw: string | undefined, plain: string | undefined) => {
      const inner = (raw ?? plain)?.trim();
      if (inner === undefined) return '';
      if (/^[#^/>=$<]/.test(inner)) stopped ??= { kind: 'unsupported', tag };
      const name = inner.replace(/^&\s*/, '');
      const value = lookUp(context, name);
      if (value === undefined) stopped ??= { kind: 'unknown', name };
      return raw === undefined && !inner.startsWith('&') ? escapeHtml(value ?? '') : (value ?? '');
    },
  );
  return stopped ?? { kind: 'rendered', text };
}

function lookUp(context: Json, name: string): string | undefined {
  if (name === '.') return printed(context);
  let value: Json | undefined = context;
  for (const part of name.split('.')) {
    value = isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return printed(value);
}

function printed(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
