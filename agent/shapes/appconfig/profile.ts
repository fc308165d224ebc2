import { jsonOf } from '#kit/json-text.ts';
import {
  nestedDocument,
  outlineOf,
  printNestedJson,
  type Effective,
  type NestedMap,
  type OutlineEntry,
} from '#config-service';

/** The name of everything. */
const WHOLE = 'landfall';

/** A configuration profile: a document, of which flags are the members, or the text of one key. */
export type Profile =
  | { readonly kind: 'document'; readonly document: NestedMap }
  | { readonly kind: 'text'; readonly text: string };

/** Undefined when there is nothing of that name. A list is one key, though its items have keys of their own. */
export function profileOf(effective: Effective, name: string, secrets: boolean): Profile | undefined {
  const outline = outlineOf(effective, secrets);
  if (name === WHOLE) return { kind: 'document', document: nestedDocument(outline) };
  const found = effective.get(name);
  const key = secrets || found?.masked === undefined ? found : undefined;
  if (key?.list !== undefined) return { kind: 'text', text: key.value };
  const below = outline.filter(({ property }) => property.key.startsWith(`${name}.`));
  if (below.length > 0) return { kind: 'document', document: nestedDocument(below.map(without(`${name}.`))) };
  return key && { kind: 'text', text: key.value };
}

function without(start: string): (entry: OutlineEntry) => OutlineEntry {
  return ({ property }) => ({ property: { ...property, key: property.key.slice(start.length) } });
}

interface Content {
  readonly type: string;
  readonly text: string;
}

/** @param flags of them, the members that are asked for: one is answered alone. Undefined when one is not there. */
export function contentOf(profile: Profile, flags: readonly string[]): Content | undefined {
  if (profile.kind === 'text') {
    return flags.length > 0
      ? undefined
      : { type: isJson(profile.text) ? JSON_TYPE : PLAIN_TYPE, text: profile.text };
  }
  const { document } = profile;
  if (flags.length === 0) return { type: JSON_TYPE, text: printNestedJson(document) };
  const members = new Map(
    flags.flatMap((flag) => (document.has(flag) ? [[flag, document.get(flag) ?? null]] : [])),
  );
  if (flags.some((flag) => !members.has(flag))) return undefined;
  const [only] = members.values();
  const asked = members.size === 1 && only !== undefined ? only : members;
  return { type: JSON_TYPE, text: printNestedJson(asked) };
}

/** As AppConfig has them, to the letter: SDKs hand them to programs, which compare. */
const JSON_TYPE = 'application/json';
export const PLAIN_TYPE = 'text/plain';

function isJson(text: string): boolean {
  return jsonOf(text) !== undefined;
}
