import picomatch from 'picomatch';

/**
 * What a path of the plan cannot mean, told rather than searched for ever: it would match nothing. Undefined for one that can be
 * searched for.
 */
export function pathProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'is no absolute path';
  if (/\$\{[^}]*\}/.test(path))
    return 'holds ${...}: plan.yaml knows no properties; write the path, or a wildcard';
  const [placeholder] = /\{[A-Za-z]+(?::[^{},]*)?\}/.exec(path) ?? [];
  if (placeholder !== undefined)
    return `holds ${placeholder}: placeholders are for group and stream; in a path write a wildcard, or {a,b} for either`;
  if (path.endsWith('/')) return 'is a folder; write what of it, such as *.log';
  if (WILD.test(path) && path.split('/').some((part) => part === '..' || part === '.'))
    return 'has . or .. beside a wildcard; write the way without them';
  return undefined;
}

/**
 * A pattern as picomatch reads it, with parentheses as letters, as in a shell: `My App (x86)`. Only behind `?`, `*`, `+`, `@`
 * and `!` they are a choice: `@(a|b)`.
 */
function inPicomatch(pattern: string): string {
  const isChoice: boolean[] = [];
  let written = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '\\') {
      written += pattern.slice(at, at + 2);
      at += 1;
    } else if (character === '(') {
      isChoice.push(/[?*+@!]/.test(pattern.charAt(at - 1)) && pattern.includes(')', at));
      written += isChoice.at(-1) === true ? character : '\\(';
    } else if (character === ')') written += isChoice.pop() === true ? character : '\\)';
    else written += character;
  }
  return written;
}

export interface PathPattern {
  /** The folder above the first wildcard; the path itself when there is none. */
  readonly base: string;
  readonly isGlob: boolean;
  /** What stands below the base. */
  readonly below: string;
  readonly matches: (path: string) => boolean;
}

/** Hidden files and folders are found where the pattern names them, unless `dot` is given; `**` goes through none of them. */
export function compilePath(pattern: string, options: { readonly dot?: boolean } = {}): PathPattern {
  const plain = pattern.replaceAll(/\/{2,}/g, '/');
  const parts = plain.split('/');
  const first = parts.findIndex((part) => WILD.test(part));
  const matches = picomatch(inPicomatch(plain), options);
  return {
    base: first < 0 ? plain : parts.slice(0, first).join('/') || '/',
    isGlob: first >= 0,
    below: first < 0 ? '' : parts.slice(first).join('/'),
    matches: (path) => matches(path),
  };
}

/** Brackets, too, may be letters, but then a folder has to be looked through to know it. */
const WILD = /[*?[\\]|\{.*[,.].*\}|[+@!]\(|\{[^}]*$/;
