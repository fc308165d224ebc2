import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, readlink, writeFile } from 'node:fs/promises';
import type { FetchArtefact } from '#agent/apply/deploy/artefact.ts';
import { fail, ok } from '../../config-service/kit/outcome.ts';
import { hookOf, type WorkParts } from './command-host.ts';

const FILES = 20;

/** Packs `FOLDER/VERSION.tar.gz`, an application whose every file names its version; gives the digest. */
export async function packVersion(folder: string, version: string): Promise<string> {
  const source = `${folder}/source-${version}`;
  await mkdir(`${source}/lib`, { recursive: true });
  for (let index = 0; index < FILES; index += 1) await writeFile(`${source}/lib/${index}`, version);
  return pack(folder, version, ['--mtime=@0', '--sort=name', '-C', source, 'lib']);
}

function pack(folder: string, name: string, args: readonly string[]): string {
  const path = `${folder}/${name}.tar.gz`;
  execFileSync('tar', ['-czf', path, ...args], { stdio: ['ignore', 'ignore', 'ignore'] });
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Artefacts by the name of a file in the folder, in two pieces. */
export function fetchFrom(folder: string): FetchArtefact {
  return async (artefact, write) => {
    const bytes = await readFile(`${folder}/${artefact}`).catch(() => undefined);
    if (bytes === undefined) {
      const fault = { operation: 'read', subject: artefact, cause: 'it is not there', hint: 'Upload it.' };
      return fail({ ...fault, code: 'LF_OBJECT_MISSING' });
    }
    await write(bytes.subarray(0, 100));
    await write(bytes.subarray(100));
    return ok(undefined);
  };
}

export function deployProperties(
  folder: string,
  version: string,
  sha256: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const values = { version, sha256, artefact: `${version}.tar.gz`, directory: `${folder}/srv`, ...more };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`landfall.deploy.${name}`, value]),
  );
}

/** Note `EVENT VERSION after PREVIOUS` in the file `log`, and fail where there is a file `fail-VERSION`. */
export function deployHooks(folder: string): NonNullable<WorkParts['hooks']> {
  const note =
    `[ "$(cat "$LANDFALL_DEPLOY_DIRECTORY/current/lib/0")" = "$LANDFALL_DEPLOY_VERSION" ] || exit 9; ` +
    `echo "$LANDFALL_EVENT $LANDFALL_DEPLOY_VERSION after \${LANDFALL_DEPLOY_PREVIOUS:-none}" >>${folder}/log; ` +
    `[ ! -e "${folder}/fail-$LANDFALL_DEPLOY_VERSION" ]`;
  return { deploy: [hookOf('restart', note)], undeploy: [hookOf('stop', note)] };
}

/** What `current` leads to: the version all its files name. Undefined: there is no link. Throws when it is not whole. */
export async function deployedIn(folder: string): Promise<string | undefined> {
  const target = await readlink(`${folder}/srv/current`).catch(() => undefined);
  if (target === undefined) return undefined;
  const lib = `${folder}/srv/current/lib`;
  const names = await readdir(lib);
  const versions = new Set(await Promise.all(names.map((name) => readFile(`${lib}/${name}`, 'utf8'))));
  const [version] = versions;
  if (versions.size !== 1 || names.length !== FILES || target !== `versions/${version}`) {
    throw new Error(`${target} is not whole: ${names.length} files of ${[...versions].join()}`);
  }
  return version;
}
