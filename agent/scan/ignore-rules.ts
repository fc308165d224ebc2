import picomatch from 'picomatch';

export const IGNORE_FILE = '.landfallignore';

/** Whether a path below the folder of the ignore file is left out, taken back in (`!`), or not spoken of. */
export type IgnoreRules = (path: string, isFolder: boolean) => boolean | undefined;

/** What gitignore has not: braces, `+(a|b)`, and `!` as anything but the first character. */
const AS_GIT = { dot: true, nobrace: true, noext: true, nonegate: true };

/** As gitignore(5): the last rule that matches decides, a slash within ties a rule to the folder, one at the end to folders. */
export function parseIgnoreRules(text: string): IgnoreRules {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.replace(/(?<!\\)\s+$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ruleOf(line));
  return (path, isFolder) =>
    rules.findLast((rule) => (isFolder || !rule.foldersOnly) && rule.matches(path))?.ignores;
}

function ruleOf(line: string): {
  ignores: boolean;
  foldersOnly: boolean;
  matches: (path: string) => boolean;
} {
  const ignores = !line.startsWith('!');
  const glob = (ignores ? line : line.slice(1)).replace(/^\\(?=[#!])/, '');
  const foldersOnly = glob.endsWith('/');
  const body = foldersOnly ? glob.slice(0, -1) : glob;
  const isTied = body.includes('/');
  const matches = picomatch(isTied ? body.replace(/^\//, '') : `**/${body}`, AS_GIT);
  return { ignores, foldersOnly, matches: (path) => matches(path) };
}
