import { colonsOfName, isExternalName } from './external.ts';
import { fieldLikeDefault, selectorLength } from './secret-selector.ts';

/**
 * A value with references, as steps for a machine that writes into a buffer:
 * - `text` writes;
 * - `name` begins a computed name: what is written next goes into a buffer of its own;
 * - `lookup` asks for a name (its own, or the computed one) and writes what it finds. Then it goes to step `next`; the steps
 *   between are the default, taken when the name is absent.
 */
export type Step = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'name' } | Lookup;

export interface Lookup {
  readonly kind: 'lookup';
  readonly name: string | undefined;
  readonly fallback: boolean;
  readonly next: number;
  /** The default, where it looks like the field of a secret and may be a slip. */
  readonly fieldLike?: string;
}

/** Whether a value could hold references; all others are plain text, and most are. */
export function isTemplate(raw: string): boolean {
  return raw.includes('${');
}

/**
 * The steps of a value. The grammar is that of Archaius 2 (commons-lang StrSubstitutor
 * with `${`, `}`, `:` and escape `$`; test/layers/interpolate.test.ts has its vectors):
 * - the first colon of a reference splits name and default; spaces count; both may hold references; the names of secrets
 *   have colons of their own (`colonsOfName`), and may be followed by a selector (`secret-selector.ts`); where the default
 *   of a secret could be taken for one, two colons begin it;
 * - `$${x}` is the text `${x}`; `${}` and everything from an unclosed `${` on are text.
 *
 * Two places are stricter than Archaius, because text that comes out of a value is no syntax here: a colon in a referenced
 * value does not split, and `$${x}` in a default stays text. (The only way to name a key that holds a colon is therefore
 * a computed name.)
 */
export function parseTemplate(raw: string): readonly Step[] {
  const steps: Step[] = [];
  const open: Reference[] = [];
  let at = 0;
  let pending = 0;
  const flush = (): void => {
    if (at > pending) steps.push({ kind: 'text', text: raw.slice(pending, at) });
  };
  const skip = (count: number): void => {
    at += count;
    pending = at;
  };
  for (at = nextMark(raw, at); at < raw.length; at = nextMark(raw, at)) {
    const inner = open.at(-1);
    if (raw.startsWith('$${', at)) {
      flush();
      pending = at + 1;
      at += 3;
      if (inner) inner.literals += 1;
    } else if (raw.startsWith('${', at)) {
      flush();
      if (inner) inner.computed = true;
      const colons = raw[at + 2] === '@' ? colonsOfName(raw.slice(at + 2, at + 14)) : 0;
      open.push({
        start: at,
        begins: steps.length,
        splits: true,
        colons,
        selected: false,
        computed: false,
        literals: 0,
      });
      steps.push({ kind: 'name' });
      skip(2);
    } else if (raw[at] === '}' && inner && inner.literals === 0) {
      flush();
      close(steps, inner);
      open.pop();
      skip(1);
    } else if (raw[at] === ':' && inner?.splits && inner.colons === 0 && inner.literals === 0) {
      const before = raw.slice(inner.start + 2, at);
      const rest = isExternalName(before) && !inner.selected ? raw.slice(at, at + LONGEST_SELECTOR) : '';
      const selector = selectorLength(before, rest);
      if (selector > 0) {
        inner.selected = true;
        at += selector;
        continue;
      }
      flush();
      inner.lookup = nameEnds(steps, inner, true, fieldLikeDefault(before, rest));
      inner.splits = false;
      skip(rest.startsWith('::') ? 2 : 1);
    } else {
      if (raw[at] === '}' && inner) inner.literals -= 1;
      if (raw[at] === ':' && inner && inner.colons > 0) inner.colons -= 1;
      at += 1;
    }
  }
  const [unclosed] = open;
  if (unclosed !== undefined) {
    steps.length = unclosed.begins;
    pending = unclosed.start;
  }
  at = raw.length;
  flush();
  return steps;
}

/** Three parts of a selector, each as long as AWS allows. */
const LONGEST_SELECTOR = 1024;

interface Reference {
  /** Where its `${` stands. */
  readonly start: number;
  /** The step that begins it. */
  readonly begins: number;
  /** Whether a colon still splits name and default. */
  splits: boolean;
  /** Whether the selector of a secret has come. */
  selected: boolean;
  /** How many colons come first that belong to the name. */
  colons: number;
  /** Whether the name holds references of its own; of no interest once the name has ended. */
  computed: boolean;
  /** How many `$${` inside wait for their `}`: Archaius pairs those too. */
  literals: number;
  /** The step to complete when the default has ended. */
  lookup?: number;
}

/** At the closing brace: the lookup is complete, and a default before it knows where it ends. */
function close(steps: Step[], reference: Reference): void {
  const { begins, lookup } = reference;
  if (lookup === undefined) {
    if (steps.length === begins + 1) steps[begins] = { kind: 'text', text: '${}' };
    else nameEnds(steps, reference, false);
    return;
  }
  const step = steps[lookup];
  if (step?.kind === 'lookup') steps[lookup] = { ...step, next: steps.length };
}

/** Ends a name with its lookup, whose index it gives. A name of plain text needs no buffer. */
function nameEnds(
  steps: Step[],
  { begins, computed }: Reference,
  fallback: boolean,
  fieldLike?: string,
): number {
  let name: string | undefined;
  if (!computed) {
    name = '';
    for (const part of steps.splice(begins)) if (part.kind === 'text') name += part.text;
  }
  const lookup = { kind: 'lookup', name, fallback, next: steps.length + 1 } as const;
  return steps.push(fieldLike === undefined ? lookup : { ...lookup, fieldLike }) - 1;
}

/** The next character that could mean something. */
function nextMark(raw: string, from: number): number {
  let at = from;
  for (; at < raw.length; at += 1) {
    const mark = raw[at];
    if (mark === '$' || mark === ':' || mark === '}') break;
  }
  return at;
}
