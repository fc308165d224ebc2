import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Facts } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { missingDimension } from './profiles/dimension-sets.ts';
import type { MoreDimension } from './base/metrics-settings.ts';

/** After a machine has started, tags may still be on their way to its metadata. */
const PATIENCE_MS = 120_000;

/**
 * Whether a dimension that comes from a tag is worth waiting for: a series without it is another one, which costs, and no
 * alarm looks at. Only on a machine that has just started: an instance of no Auto Scaling group must not wait for its name at
 * each restart of the agent.
 */
export function createTagPatience(
  dimensions: readonly MoreDimension[],
  facts: () => Facts,
  clock: Pick<Clock, 'monotonic'>,
  root: string,
): { missing(): Promise<string | undefined> } {
  let until: number | undefined;
  return {
    async missing() {
      if (until !== undefined && clock.monotonic() >= until) return undefined;
      const missing = missingDimension(dimensions, facts());
      if (missing === undefined) return undefined;
      until ??= clock.monotonic() + PATIENCE_MS - (await uptimeMs(root));
      return clock.monotonic() < until ? missing : undefined;
    },
  };
}

/** Reads how long the machine has been up; infinity where nobody can tell. */
async function uptimeMs(root: string): Promise<number> {
  const text = await readFile(join(root, 'proc/uptime'), 'utf8').catch(() => '');
  const seconds = Number(text.split(' ')[0] ?? '');
  return text !== '' && Number.isFinite(seconds) ? seconds * 1000 : Infinity;
}
