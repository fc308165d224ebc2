/** What editors, merges and file managers leave beside a file: by its name, and never meant for an instance. */
const LEFTOVERS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/~$/, 'is the copy that an editor keeps'],
  [/^#.*#$/, 'is the copy that an editor keeps'],
  [/^\.#/, 'is the lock of an editor'],
  [/^\..*\.sw[a-p]$/, 'is the swap file of an editor'],
  [/\.(orig|rej)$/, 'is what a merge or a patch left'],
  [/^(\.DS_Store|\._.*|Thumbs\.db|desktop\.ini)$/, 'is what a file manager left'],
];

/** Kept on purpose somewhere below `files/`, perhaps; beside the properties it is a copy. */
const COPIES = /\.(bak|old|save|tmp|dpkg-(old|dist|new)|rpm(save|new|orig))$/;

/** What kind of leftover it is, in words; undefined for any other file. `path` is relative to its layer. */
export function leftoverOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const known = LEFTOVERS.find(([pattern]) => pattern.test(name))?.[1];
  return known ?? (path === name && COPIES.test(name) ? 'is a copy of an earlier file' : undefined);
}
