import { stat } from 'node:fs/promises';
import { MAX_IP_RANGES_BYTES, type GetResult } from '#config-service';
import { errnoOf } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { FetchTable } from './address-book.ts';
import type { OpenedSource } from './scope.ts';

/** As operators upload it, beside `current.json`. */
const NAMES = ['ip-ranges.json', 'ip-ranges.json.gz'] as const;

/**
 * The table as a file, where the setting names one; else as it lies at the source.
 * @param file the setting; empty: none.
 * @param isTrusted false where keys are trusted: nobody vouches for this object, and it says what is not refused.
 */
export function createFetchTable(
  file: string,
  isTrusted: boolean,
  source: () => OpenedSource | undefined,
): FetchTable {
  if (file !== '') return fromFile(file);
  if (!isTrusted) return async () => fail(UNSIGNED);
  return async (known, signal) => {
    const opened = source();
    if (!opened?.read) return ok({ kind: 'absent' });
    for (const name of NAMES) {
      const ifNoneMatch = known?.startsWith(`${name} `) ? known.slice(name.length + 1) : undefined;
      const got: Outcome<GetResult> = await opened.read(name, {
        ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
        maxBytes: MAX_IP_RANGES_BYTES,
        signal,
      });
      if (got.kind !== 'ok') return got;
      if (got.value.kind === 'absent') continue;
      if (got.value.kind === 'unchanged') return ok({ kind: 'unchanged' });
      const from = `${opened.address}/${name}`;
      const { unpackRanges } = await import('../settings/ip-ranges-file.ts');
      const ranges = await unpackRanges(got.value.bytes, from);
      if (ranges.kind !== 'ok') return ranges;
      return ok({ kind: 'found', from, version: `${name} ${got.value.etag}`, ranges: ranges.value });
    }
    return ok({ kind: 'absent' });
  };
}

function fromFile(file: string): FetchTable {
  return async (known) => {
    const version = await stat(file).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      (error: unknown) => errnoOf(error),
    );
    if (version === known) return ok({ kind: 'unchanged' });
    const { readRangesFile } = await import('../settings/ip-ranges-file.ts');
    const ranges = await readRangesFile(file);
    return ranges.kind === 'ok' ? ok({ kind: 'found', from: file, version, ranges: ranges.value }) : ranges;
  };
}

const UNSIGNED = {
  code: 'LF_IP_RANGES',
  operation: 'read',
  subject: 'ip-ranges.json at the source',
  cause: 'trusted keys are set, and nothing vouches for it',
  hint: 'Bring the table as a file, and name it with LANDFALL_IP_RANGES.',
} as const;
