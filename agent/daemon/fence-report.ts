import type { Document, FencedFile } from '#config-service';
import type { Grounds } from './grounds.ts';

/** What the fence did at boot, and whether values are kept now. Names and digests only. */
export function fenceDocument({ fenced, memory }: Pick<Grounds, 'fenced' | 'memory'>): Document {
  const foreign = foreignCount(fenced);
  const removed = fenced.map(({ path, reason, action, sha256, stamp }) => {
    return { path, reason, action, sha256, region: stamp?.region ?? null };
  });
  const files = foreign === 1 ? '1 file' : `${foreign} files`;
  const state = foreign > 0 ? `relocated: ${files} of another region removed` : 'nothing foreign found';
  return { state: `${state}; ${memory.state}`, relocated: foreign > 0, removed };
}

export function foreignCount(fenced: readonly FencedFile[]): number {
  return fenced.filter(({ reason }) => reason === 'foreign').length;
}
