import { resolve } from 'node:path';
import type { RegionOfAddress } from '#config-service';
import { LandfallError } from '#kit/errors.ts';

/** The table that `--ip-ranges` names. Throws `LF_IP_RANGES`. Its reader is loaded when wanted: a daemon has its own. */
export async function readRegionOf(
  file: string,
  { cwd }: { readonly cwd: string },
): Promise<RegionOfAddress> {
  const { readRangesFile } = await import('../settings/ip-ranges-file.ts');
  const ranges = await readRangesFile(resolve(cwd, file));
  if (ranges.kind !== 'ok') throw new LandfallError(ranges.fault);
  return ranges.value.regionOf;
}
