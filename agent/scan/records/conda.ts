import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClaimTable, type PackageRecord } from './package-record.ts';

interface CondaMeta {
  readonly name?: string;
  readonly version?: string;
  readonly channel?: string;
  readonly paths_data?: {
    readonly paths?: readonly {
      readonly _path?: string;
      readonly sha256?: string;
      readonly sha256_in_prefix?: string;
    }[];
  };
}

/** `conda-meta/*.json` of an environment: digests of every file as it lies in its prefix. Undefined where there is none. */
export function condaRecord(prefix: string): PackageRecord | undefined {
  const folder = join(prefix, 'conda-meta');
  const table = new ClaimTable();
  let found = false;
  for (const file of metaIn(folder)) {
    const { name, version = '', channel = '', paths_data: data } = metaOf(join(folder, file));
    // Built here, not fetched from a channel.
    if (name === undefined || channel.startsWith('file:')) continue;
    found = true;
    const owner = { recorder: 'conda', name, version } as const;
    for (const { _path: path, sha256, sha256_in_prefix: inPrefix = sha256 } of data?.paths ?? []) {
      if (path === undefined || inPrefix === undefined) continue;
      const digest = { algorithm: 'sha256', hex: inPrefix } as const;
      table.add(Buffer.from(path).toString('latin1'), { owner, digest, isConfiguration: false });
    }
  }
  return found ? table : undefined;
}

function metaIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function metaOf(file: string): CondaMeta {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CondaMeta;
  } catch {
    // What cannot be read vouches for nothing.
    return {};
  }
}
