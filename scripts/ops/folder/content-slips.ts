import { posix } from 'node:path';
import { unreadName, type LayerContent, type LayerFile } from '#config-service';
import type { Problem } from '#kit/errors.ts';
import { keyIn } from './secret-shapes.ts';

/** What is published by mistake, and no parser minds. */
export interface ContentSlips {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Looks at the text of every file of a layer: what git, an encryption tool or a hand put there in place of configuration. */
export function contentSlips(
  { name, files }: LayerContent,
  isThere: (path: string) => boolean,
  /** Paths of the layer that its plan names. */
  named: ReadonlySet<string>,
): ContentSlips {
  const found = files.map((file) => {
    const text = Buffer.from(file.bytes).toString('latin1');
    const placeholder = placeholderOf(text) ?? linkAsText(name, file, text, isThere);
    const at = { file: `${name}/${file.path}` };
    if (placeholder !== undefined) {
      const problem: Problem = { code: 'LF_NOT_CONFIGURATION', message: placeholder, ...at, line: 1 };
      return { problems: [problem], warnings: [] };
    }
    const unread = named.has(file.path) ? undefined : unreadName(file.path);
    return {
      problems: conflictLines(file.path, text).map((line): Problem => {
        const message = 'a merge was not finished here: choose one side, and remove the markers';
        return { code: 'LF_NOT_CONFIGURATION', message, ...at, line };
      }),
      warnings: [
        ...(unread === undefined ? [] : [{ code: 'LF_FILE_UNREAD' as const, message: unread, ...at }]),
        ...keyLines(text).map(([line, what]): Problem => {
          const message = `${what}: whoever may read the bucket has it; keep it in SSM or Secrets Manager, and write \${@ssm:/name}`;
          return { code: 'LF_KEY_PUBLISHED', message, ...at, line };
        }),
      ],
    };
  });
  return {
    problems: found.flatMap(({ problems }) => problems),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}

const PLACEHOLDERS: readonly (readonly [begin: string, message: string])[] = [
  [
    'version https://git-lfs.github.com/spec/',
    'is the pointer of git LFS and not the file: run `git lfs pull`',
  ],
  ['\0GITCRYPT\0', 'is encrypted by git-crypt: run `git-crypt unlock`'],
  ['/annex/objects/', 'is the pointer of git-annex and not the file: run `git annex get`'],
  ['$ANSIBLE_VAULT;', 'is encrypted by ansible-vault, and no instance decrypts it'],
  ['U2FsdGVkX1', 'is encrypted by transcrypt or openssl, and no instance decrypts it'],
  ['-----BEGIN AGE ENCRYPTED FILE-----', 'is encrypted by age, and no instance decrypts it'],
  ['age-encryption.org/v1', 'is encrypted by age, and no instance decrypts it'],
  ['-----BEGIN PGP MESSAGE-----', 'is encrypted by GnuPG, and no instance decrypts it'],
];

/** A value of YAML, JSON, properties or dotenv as sops writes it: names stay, values do not. */
const OF_SOPS = /^[ \t-]*["']?[\w.-]+["']?[ \t]*[:=][ \t]*["']?ENC\[AES256_GCM,data:/m;

function placeholderOf(text: string): string | undefined {
  if (OF_SOPS.test(text))
    return 'is encrypted by sops, and no instance decrypts it: publish what `sops -d` gives';
  return PLACEHOLDERS.find(([begin]) => text.startsWith(begin))?.[1];
}

/** A link as git writes it where links cannot be made: a file that holds the path of another one and nothing else. */
function linkAsText(
  layer: string,
  { path }: LayerFile,
  text: string,
  isThere: (path: string) => boolean,
): string | undefined {
  if (text.length > 500 || !/^(?:\.{1,2}\/)*[\w.@+-]+(?:\/[\w.@+-]+)*\n?$/.test(text)) return undefined;
  const target = posix.join(layer, posix.dirname(path), text.trim());
  const leadsOut = target.startsWith('../') && !text.endsWith('\n');
  if (target === posix.join(layer, path) || !(leadsOut || isThere(target))) return undefined;
  return `holds only the path of ${target}: it is a link that git wrote as a text (core.symlinks); copy the file`;
}

/** Lines are counted as an editor does. */
function conflictLines(path: string, text: string): readonly number[] {
  if (!/^(?:<{7}|>{7}|\|{7}|={7})(?:[ \t\r]|$)/m.test(text)) return [];
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const isMarked = lines.some((line) => /^(?:<{7}|>{7})[ \t]|^(?:<{7}|>{7})$/.test(line));
  // Seven equals signs alone underline a title in a text for people; a properties file has no titles.
  if (!isMarked && !/^[^/]+\.(?:properties|ya?ml|json)$/.test(path)) return [];
  return lines.flatMap((line, index) =>
    /^(?:<{7}|>{7}|\|{7})(?:[ \t]|$)|^={7}$/.test(line) ? [index + 1] : [],
  );
}

function keyLines(text: string): readonly (readonly [line: number, what: string])[] {
  return text.split('\n').flatMap((line, index) => {
    const what = keyIn(line);
    return what === undefined ? [] : [[index + 1, what] as const];
  });
}
