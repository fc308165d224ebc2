import { ok, type Outcome } from '../../kit/outcome.ts';
import type { Stamp } from '../stamp/stamp.ts';
import { leftFault } from './fence.ts';
import type { FencedFile, FenceReason } from './fenced-file.ts';
import { readHostLines, withoutHostLines, type MarkedLine } from './host-lines.ts';
import { readHosts, recoverHosts, rewriteHosts, type HostsFile } from './hosts-file.ts';

/**
 * Takes out of a file of host names the lines that Landfall wrote on another instance, and those whose time is over; without
 * `here` all that Landfall wrote. Each line says whose it is, so that this needs no register. Lines of others stay, byte for byte.
 * `LF_REGION_LEFT` when one has to go and cannot.
 * @param now epoch ms.
 */
export async function fenceHosts(
  file: HostsFile,
  here: Stamp | undefined,
  now: number,
): Promise<Outcome<readonly FencedFile[]>> {
  const { path } = file;
  const reasonOf = ({ kinship, until }: Pick<MarkedLine, 'kinship' | 'until'>): FenceReason | undefined => {
    if (!here) return 'emptied';
    if (kinship !== 'same') return kinship;
    return until !== undefined && until <= now ? 'leftover' : undefined;
  };
  const reasons = new Set<FenceReason>();
  try {
    await recoverHosts(file);
    // What cannot be read never had a line of ours.
    const text = await readHosts(file).catch(() => '');
    for (const line of readHostLines(text, here ?? NOWHERE).marked) {
      const reason = reasonOf(line);
      if (reason) reasons.add(reason);
    }
    if (reasons.size > 0)
      await rewriteHosts(file, (current) =>
        withoutHostLines(current, here, (line) => reasonOf(line) !== undefined),
      );
  } catch (error) {
    const isLeft = [...reasons].some((reason) => reason !== 'leftover');
    return isLeft ? leftFault([{ path, kind: 'lines', error }]) : ok([]);
  }
  return ok([...reasons].map((reason) => ({ path, kind: 'lines', reason, action: 'purged', sha256: '' })));
}

const NOWHERE: Stamp = {
  format: 1,
  partition: '',
  account: '',
  region: '',
  instanceId: '',
  imageId: '',
};
