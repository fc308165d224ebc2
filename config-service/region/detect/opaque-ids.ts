import type { Finding } from './finding.ts';

/** Kinds of resources whose ids exist in one region only, and do not say in which. */
const KINDS: ReadonlySet<string> = new Set(
  (
    'acl aki ami ari bun cgw dopt eipalloc eipassoc eni fs fsap fsmt i igw lgw lt mrk nat pcx pg pl r rtb sg sgr snap ' +
    'subnet tgw vgw vol vpc vpce vpn'
  ).split(' '),
);
/**
 * 8 hex digits until 2016, 17 since; multi-region KMS keys have 32. Nothing may be glued to either end. The look back
 * at the kind's last letter stands behind the hyphen, where it does not slow the search down; it skips most UUIDs.
 */
const DIGITS = /-(?<=[bcegiklnprstwx]-)(?:[0-9a-f]{8}(?:[0-9a-f]{9})?|[0-9a-f]{32})(?![0-9A-Za-z_-])/g;
const LONGEST_KIND = 8;

/** `ami-0abcdef1234567890` and its like: worth a look after a copy, but without a region to compare. */
export function* opaqueIds(text: string): Generator<Finding> {
  for (const match of text.matchAll(DIGITS)) {
    const kind = wordBefore(text, match.index);
    if (!KINDS.has(kind)) continue;
    // `vol-20240101` is a date.
    if (match[0].length === 9 && /^-\d+$/.test(match[0])) continue;
    if ((match[0].length === 33) !== (kind === 'mrk')) continue;
    const start = match.index - kind.length;
    const end = match.index + match[0].length;
    yield { region: null, kind: 'opaque-id', severity: 'info', start, end, text: text.slice(start, end) };
  }
}

function wordBefore(text: string, end: number): string {
  let start = end;
  while (start > 0 && end - start <= LONGEST_KIND && /[a-z]/.test(text.charAt(start - 1))) start--;
  return start > 0 && /[A-Za-z0-9_-]/.test(text.charAt(start - 1)) ? '' : text.slice(start, end);
}
