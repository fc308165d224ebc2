/** The key that a path's tail spells: percent-decoded, `/` and all. Undefined when the encoding is broken. */
export function keyInPath(tail: string): string | undefined {
  if (!tail.includes('%')) return tail;
  try {
    return decodeURIComponent(tail);
  } catch {
    return undefined;
  }
}
