/** Files that a program writes by itself, by where they lie: rewritten they would say what never was, or be made anew anyway. */
const KINDS: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/(?:^|\/)var\/log\/|\.log(?:[.-]\d+)*$|(?:^|\/)\.[a-z_]*history$/i, 'a log says what was'],
  [
    /(?:^|\/)(?:var\/(?:cache|tmp)|\.?cache|__pycache__|var\/lib\/apt\/lists)\/|\.pyc$/i,
    'a cache is made anew by its program: empty it',
  ],
  [/(?:^|\/)var\/lib\/cloud\//, 'cloud-init writes it anew: cloud-init clean --logs'],
];

/** Why nothing is to be rewritten there; undefined for a file that somebody may have written. @param path with `/`. */
export function writtenByItself(path: string): string | undefined {
  return KINDS.find(([pattern]) => pattern.test(path))?.[1];
}
