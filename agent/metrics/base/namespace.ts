import type { Facts } from '#config-service';
import { nearestName } from '#kit/nearest-name.ts';

/** A namespace as a plan writes it, its placeholders checked. */
export interface Template {
  readonly text: string;
}

export type Filled =
  | { readonly kind: 'filled'; readonly namespace: string }
  /** A tag that this instance does not carry (yet): without it the figures of several would be mixed. */
  | { readonly kind: 'waiting'; readonly placeholder: string };

const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN = ['region', 'account', 'environment', 'role', 'instanceId'] as const;
const MAX_CHARS = 255;

/** "Valid characters" of a namespace (CloudWatch user guide, "Namespaces"). */
const FORBIDDEN = /[^A-Za-z0-9.\-_/#: ]/g;

/** The template, or what is wrong with it. */
export function readNamespace(text: string): Template | string {
  for (const [whole, name = ''] of text.matchAll(PLACEHOLDER)) {
    if (isKnown(name) || /^tag:.+$/.test(name)) continue;
    const near = nearestName(name, KNOWN);
    return `there is no placeholder ${whole}; ${near === undefined ? `known are {${KNOWN.join('} {')}} {tag:NAME}` : `did you mean {${near}}?`}`;
  }
  const literal = text.replaceAll(PLACEHOLDER, '');
  if (/[{}]/.test(literal)) return 'a brace has no partner';
  const [bad] = literal.match(FORBIDDEN) ?? [];
  if (bad !== undefined) return `a namespace cannot hold ${JSON.stringify(bad)}`;
  if (/^(:|AWS\/)/.test(text)) return 'a namespace must not start with AWS/ or a colon';
  if (literal.length > MAX_CHARS) return `a namespace has at most ${MAX_CHARS} characters`;
  return { text };
}

export function fillNamespace({ text }: Template, facts: Facts): Filled {
  let missing: string | undefined;
  const filled = text.replaceAll(PLACEHOLDER, (whole, name: string) => {
    const value = name.startsWith('tag:') ? facts.tags.get(name.slice(4)) : isKnown(name) && facts[name];
    if (!value) missing ??= whole;
    return (value || '').replaceAll(FORBIDDEN, '_');
  });
  if (missing !== undefined) return { kind: 'waiting', placeholder: missing };
  // A tag of somebody's must not lead into a namespace of AWS.
  return { kind: 'filled', namespace: filled.replace(/^(:|AWS\/)/, '_').slice(0, MAX_CHARS) };
}

function isKnown(name: string): name is (typeof KNOWN)[number] {
  return (KNOWN as readonly string[]).includes(name);
}
