import type { Logger } from '#kit/logger.ts';

/** Names listed; the rest is counted. */
const MAX_NAMES = 10;

/** Whoever packed a file to be setuid meant it: silence would be a riddle to whoever starts it. */
export function tellDroppedBits(logger: Logger, archive: string, dropped: readonly string[]): void {
  if (dropped.length === 0) return;
  logger.warn(
    'setuid, setgid or sticky bits of an archive were dropped; `setuid` names files that keep them',
    {
      archive,
      count: dropped.length,
      files: dropped.slice(0, MAX_NAMES),
    },
  );
}
