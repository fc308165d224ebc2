import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClaimTable, type Digest, type PackageRecord } from './package-record.ts';

const ALGORITHMS: readonly Digest['algorithm'][] = ['sha256', 'sha384', 'sha512', 'sha224'];

/**
 * What the wheels in a folder such as `site-packages` record of their files (PyPA, "Recording installed projects").
 * One that did not come from an index is the team's own work. Undefined where no wheel was installed.
 */
export function pipRecord(folder: string): PackageRecord | undefined {
  const table = new ClaimTable();
  let found = false;
  for (const info of distributionsIn(folder)) {
    if (isOwnWork(join(folder, info, 'direct_url.json'))) continue;
    const lines = textOf(join(folder, info, 'RECORD'))?.split(/\r?\n/);
    if (lines === undefined) continue;
    found = true;
    const [name = info, version = ''] = info.slice(0, -'.dist-info'.length).split('-');
    const owner = { recorder: 'pip', name, version } as const;
    // Names and digests, which no program follows.
    table.add(`${info}/RECORD`, { owner, digest: undefined, isConfiguration: false });
    for (const line of lines) {
      const [path, digest] = fieldsOf(line);
      // Without a digest: RECORD itself and what Python has compiled. Upwards: scripts, which pip writes for this host.
      if (path === undefined || digest === undefined || path.startsWith('../') || path.startsWith('/'))
        continue;
      table.add(path, { owner, digest, isConfiguration: false });
    }
  }
  return found ? table : undefined;
}

/** Where wheels of the public index lie: pinned by address, as lock files do it, one is a vendor's all the same. */
const PUBLIC_INDEX = /^https:\/\/(?:files\.pythonhosted\.org|pypi\.org|pypi\.python\.org)\//;

/**
 * What `direct_url.json` says (PEP 610), which is written for everything that did not come by its name from an index: a folder, a
 * repository, a wheel that was given as a file or by an address of one's own.
 */
function isOwnWork(file: string): boolean {
  const text = textOf(file);
  if (text === undefined) return false;
  try {
    const { archive_info: archive, url } = JSON.parse(text) as {
      readonly archive_info?: unknown;
      readonly url?: unknown;
    };
    const isArchive = typeof archive === 'object' && archive !== null;
    return !isArchive || typeof url !== 'string' || !PUBLIC_INDEX.test(url);
  } catch {
    return true;
  }
}

function distributionsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.dist-info'));
  } catch {
    return [];
  }
}

/** `botocore/data/endpoints.json,sha256=BASE64,17424`, quoted as CSV where a name has a comma. */
function fieldsOf(line: string): readonly [path?: string, digest?: Digest] {
  const [, quoted, plain, algorithm, value] =
    /^(?:"((?:[^"]|"")*)"|([^",]*)),(\w+)=([A-Za-z0-9_-]+)=*,/.exec(line) ?? [];
  const path = quoted?.replaceAll('""', '"') ?? plain;
  const known = ALGORITHMS.find((name) => name === algorithm);
  if (path === undefined || known === undefined || value === undefined) return [];
  return [path, { algorithm: known, hex: Buffer.from(value, 'base64url').toString('hex') }];
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
