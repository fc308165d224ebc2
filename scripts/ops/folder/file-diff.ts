import { structuredPatch } from 'diff';
import { isConfidential, SECRET_NAME, SECRET_VALUE } from './secret-shapes.ts';

/** How a file of a layer differs, for people: lines of a unified diff, or one sentence where it is no text. */
export type FileDiff =
  | { readonly kind: 'text'; readonly lines: readonly string[] }
  | { readonly kind: 'other'; readonly what: string };

/** Lines before and behind a change. */
const CONTEXT = 2;
/** Beyond that a diff is not read, and takes long: it is quadratic where all differs. */
const MOST_BYTES = 256 * 1024;
const MOST_EDITS = 2_000;
const HIDDEN = '[hidden]';

/**
 * What changed in a file, in the form of `diff -u` without its two head lines. What is a secret by its name or its shape is
 * hidden on both sides: what is printed here stays in the log of a pipeline. That it differs shows all the same.
 * @param before undefined where the file is new. @param after undefined where it is gone.
 */
export function diffOfFile(before: Uint8Array | undefined, after: Uint8Array | undefined): FileDiff {
  const [was, is] = [textOf(before), textOf(after)];
  if (was === undefined || is === undefined) return other(`binary, ${sizes(before, after)}`);
  if (was.length + is.length > MOST_BYTES) return other(`too long to compare, ${sizes(before, after)}`);
  const options = { context: CONTEXT, maxEditLength: MOST_EDITS };
  const patch = structuredPatch('', '', was, is, undefined, undefined, options);
  if (patch === undefined) return other(`most of it differs, ${sizes(before, after)}`);
  const [hiddenWas, hiddenIs] = [withoutSecrets(was), withoutSecrets(is)];
  const lines = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: changed }) => {
    let [old, fresh] = [oldStart - 1, newStart - 1];
    const shown = changed.map((line) => {
      // What stands behind a last line without an end.
      if (line.startsWith('\\')) return line;
      if (line.startsWith('-')) return `-${hiddenWas[old++] ?? ''}`;
      const text = hiddenIs[fresh++] ?? '';
      if (line.startsWith('+')) return `+${text}`;
      old += 1;
      return ` ${text}`;
    });
    return [`@@ -${rangeOf(oldStart, oldLines)} +${rangeOf(newStart, newLines)} @@`, ...shown];
  });
  return { kind: 'text', lines };
}

/** Of no lines it is the line before them, as in `diff -u`. */
function rangeOf(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`;
}

function other(what: string): FileDiff {
  return { kind: 'other', what };
}

function sizes(before: Uint8Array | undefined, after: Uint8Array | undefined): string {
  const [was, is] = [before, after].map((bytes) => (bytes === undefined ? 'none' : `${bytes.length} bytes`));
  return `${was} -> ${is}`;
}

/** Empty where there is no file; undefined for what is no text. */
function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return '';
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const KEY_BEGINS = /-----BEGIN [^-]*PRIVATE KEY/;
const KEY_ENDS = /-----END [^-]*PRIVATE KEY/;
/** `password: hunter2`, `export TOKEN=...`, `"apiKey": "..."`: all up to the value. */
const SETTING = /^(.*?([\w.-]+)["']?\s*[:=]\s*)(\S.*)$/;
/** `--password hunter2`, as a command takes it. */
const ARGUMENT = /(--?[\w-]+[= ])(\S+)/g;

/** `machine h login u password hunter2`, `requirepass hunter2`, `<password>hunter2</password>`. */
const WORDS =
  /^(.*\blogin\s.*\bpassword\s+|\s*(?:requirepass|masterauth)\s+|.*<[\w.:-]*(?:password|secret|token)[\w.:-]*>)[^\s<]+/i;

/** By line, as it is split by newlines. */
function withoutSecrets(text: string): readonly string[] {
  let isKey = false;
  return text.split('\n').map((line) => {
    if (KEY_BEGINS.test(line)) isKey = true;
    if (!isKey) return withoutSecret(line);
    if (KEY_ENDS.test(line)) isKey = false;
    return HIDDEN;
  });
}

function withoutSecret(line: string): string {
  const [, head, key = '', value = ''] = SETTING.exec(line) ?? [];
  // A reference to a secret is none.
  if (head !== undefined && isConfidential(key, value) && !/^["']?\$\{/.test(value))
    return `${head}${HIDDEN}`;
  const shaped = SECRET_VALUE.test(line) ? line.replaceAll(new RegExp(SECRET_VALUE, 'g'), HIDDEN) : line;
  return shaped
    .replace(WORDS, `$1${HIDDEN}`)
    .replaceAll(ARGUMENT, (all: string, name: string) =>
      SECRET_NAME.test(name.replaceAll('-', '_')) ? `${name}${HIDDEN}` : all,
    );
}
