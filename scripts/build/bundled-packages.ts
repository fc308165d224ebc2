import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package of which code is in a program. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json says it: an SPDX id or expression; empty where it says nothing. */
  readonly licence: string;
  /** Of its licence files, each as it stands; empty where it has none. */
  readonly texts: readonly string[];
  /** Names of packages that it says it needs. */
  readonly needs: readonly string[];
  /** The digest npm checks it by, `sha512-` and base64. */
  readonly integrity: string;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * The packages of which at least one byte is in the output, sorted by name and version: what was shaken off as unused is not
 * shipped. @param root where `node_modules` and package-lock.json are.
 */
export function bundledPackages(root: string, { outputs }: Metafile): readonly BundledPackage[] {
  const shipped = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = new Set(shipped.flatMap((path) => folderOf(path) ?? []));
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  return [...folders].map((folder) => readPackage(root, folder, lock)).toSorted(byName);
}

/** `node_modules/a/node_modules/@b/c` of a file below it; undefined for our own. */
function folderOf(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}

function readPackage(root: string, folder: string, lock: Lockfile): BundledPackage {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license, dependencies = {} } = manifest;
  const integrity = lock.packages[folder]?.integrity;
  if (!integrity?.startsWith('sha512-')) throw new Error(`package-lock.json does not pin ${folder}`);
  return {
    name,
    version,
    licence: (typeof license === 'string' ? license : license?.type) ?? '',
    texts: licenceTexts(join(root, folder)),
    needs: Object.keys(dependencies).toSorted(),
    integrity,
  };
}

/** Notices belong to it (Apache License 2.0, 4 d). */
export function licenceTexts(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(entry.name))
    .map(({ name }) => name)
    .toSorted()
    .map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim());
}

function byName(a: BundledPackage, b: BundledPackage): number {
  const [left, right] = [`${a.name}@${a.version}`, `${b.name}@${b.version}`];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
