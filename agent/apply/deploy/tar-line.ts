/** One member of a tar, as the list says it. */
export interface TarMember {
  /** `special`: a device, a pipe, and what no tar of today holds. */
  readonly kind: 'plain' | 'special';
  /** Size of its content, holes of sparse files included. */
  readonly bytes: number;
  /** Numbers or names, as the list was asked for. */
  readonly owner: { readonly user: string; readonly group: string };
  /** The name; several where the line does not say what of it is the name and what the target of a link. */
  readonly names: readonly [string, ...string[]];
}

const LINE =
  /^([^\s])[-rwxsStTlL]{9}[.+@]?\s+([^\s/]+)\/(\S+)\s+(\d+|\d+,\s*\d+)\s+-?\d+-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?)? (.*)$/s;

/** Files, folders, links of both kinds, contiguous files, the label of a volume. */
const PLAIN = new Set(['-', 'd', 'l', 'h', 'C', 'V']);

/**
 * Reads a line of `tar --list --verbose --full-time --quoting-style=escape`, with `--numeric-owner` or without, in the locale
 * C; undefined when it is none, or when a blank is in a name of the owner. A name beyond a line of output comes in pieces,
 * the second of which is none.
 */
export function readTarLine(line: string): TarMember | undefined {
  const [, type = '', user = '', group = '', size = '', rest] = LINE.exec(line) ?? [];
  if (rest === undefined) return undefined;
  const kind = PLAIN.has(type) && /^\d+$/.test(size) ? 'plain' : 'special';
  const bytes = kind === 'plain' ? Number(size) : 0;
  const mark = type === 'l' ? ' -> ' : type === 'h' ? ' link to ' : undefined;
  const [name = '', ...names] = mark === undefined ? [rest] : beginnings(rest, mark);
  return { kind, bytes, owner: { user, group }, names: [unescaped(name), ...names.map(unescaped)] };
}

/** Everything in front of each `mark`: the first is most often the name. */
function beginnings(text: string, mark: string): readonly string[] {
  const found: string[] = [];
  for (let at = text.indexOf(mark); at >= 0 && found.length < 10; at = text.indexOf(mark, at + 1)) {
    found.push(text.slice(0, at));
  }
  return found.length === 0 ? [text] : found;
}

/** Undoes the escapes of tar's listing, so that a name has its true length: `\n` and `\303` are one byte each. */
function unescaped(name: string): string {
  return name.replaceAll(/\\(?:[0-7]{3}|.)/gs, '?');
}
