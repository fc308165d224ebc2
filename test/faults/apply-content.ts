import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `c` is there in even versions only, so that files are made and removed, too. */
export const FILES = ['a', 'b', 'c'] as const;

/** Undefined: the version has no such file. */
export function contentOf(name: string, version: number): string | undefined {
  if (name === 'c' && version % 2 === 1) return undefined;
  return `${name} ${version} \n`.repeat(3000);
}

/** Which version a text is, whole; undefined for anything else. */
function versionOf(name: string, text: string): number | undefined {
  const version = Number(text.split(' ', 2)[1]);
  return text === contentOf(name, version) ? version : undefined;
}

/** What lies in a folder: the version of each file that is there, -1 for a torn one; and the first lines the service has loaded. */
export interface Sight {
  readonly versions: Readonly<Record<string, number>>;
  readonly loaded: string;
}

export function look(folder: string): Sight {
  const versions: Record<string, number> = {};
  for (const name of FILES) {
    const text = readIfThere(join(folder, 'etc', name));
    if (text !== undefined) versions[name] = versionOf(name, text) ?? -1;
  }
  return { versions, loaded: readIfThere(join(folder, 'loaded')) ?? '' };
}

/** What `look` sees where everything is of one version and loaded. */
export function sightOf(version: number): Sight {
  const names = FILES.filter((name) => contentOf(name, version) !== undefined);
  return {
    versions: Object.fromEntries(names.map((name) => [name, version])),
    loaded: names.map((name) => `${name} ${version} \n`).join(''),
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
