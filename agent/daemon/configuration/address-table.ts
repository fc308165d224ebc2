import { stat } from 'node:fs/promises';
import { MAX_IP_RANGES_BYTES, verifyRanges, type GetResult } from '#config-service';
import { errnoOf } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { readTrustedKeys } from '../../settings/trusted-keys.ts';
import type { FetchTable } from './address-book.ts';
import type { OpenedSource } from './scope.ts';

/** As operators put it beside `current.json`: packed by `landfall-ops ip-ranges`, which can be signed, or as AWS publishes it. */
const PACKED = 'ip-ranges.packed';
const NAMES = [PACKED, 'ip-ranges.json', 'ip-ranges.json.gz'] as const;

/**
 * The table as a file, where the setting names one; else as it lies at the source.
 * @param file the setting; empty: none.
 * @param trustedKeys where there are some, one of them has to vouch for the table: it says what is not refused.
 */
export function createFetchTable(
  file: string,
  trustedKeys: readonly string[],
  source: () => OpenedSource | undefined,
): FetchTable {
  if (file !== '') return fromFile(file);
  return async (known, signal) => {
    const opened = source();
    if (!opened?.read) return ok({ kind: 'absent' });
    const keys = readTrustedKeys(trustedKeys);
    if (keys.kind !== 'ok') return keys;
    const isSigned = keys.value.length > 0;
    for (const name of isSigned ? [PACKED] : NAMES) {
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
      const { unpackRanges } = await import('../../settings/ip-ranges-file.ts');
      const ranges = await unpackRanges(got.value.bytes, from, (text) =>
        isSigned ? verifyRanges(text, keys.value, from) : ok(undefined),
      );
      if (ranges.kind !== 'ok') return ranges;
      return ok({ kind: 'found', from, version: `${name} ${got.value.etag}`, ranges: ranges.value });
    }
    return isSigned ? fail(UNSIGNED) : ok({ kind: 'absent' });
  };
}

function fromFile(file: string): FetchTable {
  return async (known) => {
    const version = await stat(file).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      (error: unknown) => errnoOf(error),
    );
    if (version === known) return ok({ kind: 'unchanged' });
    const { readRangesFile } = await import('../../settings/ip-ranges-file.ts');
    const ranges = await readRangesFile(file);
    return ranges.kind === 'ok' ? ok({ kind: 'found', from: file, version, ranges: ranges.value }) : ranges;
  };
}

const UNSIGNED = {
  code: 'LF_IP_RANGES',
  operation: 'read',
  subject: 'the table of address ranges at the source',
  cause: `trusted keys are set, and there is no ${PACKED} that can be vouched for`,
  hint: 'Put it there with `landfall-ops ip-ranges FILE --sign KEY`, or bring it as a file: LANDFALL_IP_RANGES.',
} as const;
