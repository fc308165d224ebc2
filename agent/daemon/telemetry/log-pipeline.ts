import { readFileSync } from 'node:fs';
import type { Landing } from '#config-service';
import type { Logger } from '#kit/logger.ts';
import { ok } from '#kit/outcome.ts';
import type { AwsCalls } from '../../aws/aws-calls.ts';
import { createCheckpointSlots, type Slots } from '../../logs/files/checkpoint-slots.ts';
import { DescriptorPool, descriptorsWithin } from '../../logs/files/descriptor-pool.ts';
import { nodeFileSystem } from '../../logs/files/node-file-system.ts';
import { WindowPool } from '../../logs/files/window-pool.ts';
import { createLogShipper, type LogShipper } from '../../logs/log-shipper.ts';
import type { OnSample } from '../../logs/pattern-counts.ts';
import type { CommandOutput } from '../../logs/output/command-output.ts';
import type { Host } from '../runtime/host.ts';
import type { StateStore } from '../runtime/state-store.ts';

/** The log shipper on this host. @param logger one whose records are not shipped themselves. */
export function openLogShipper(
  aws: AwsCalls,
  memory: Pick<StateStore, 'stamped'>,
  output: CommandOutput,
  { clock, random }: Host,
  logger: Logger,
  landing: Landing | undefined,
  onSample: OnSample,
): LogShipper {
  return createLogShipper({
    aws,
    clock,
    random,
    logger,
    checkpoints: createCheckpointSlots(slotsOf(memory, logger), (slot, hasPrevious) => {
      logger.error('a checkpoint of the logs cannot be used', { slot, hasPrevious });
    }),
    output,
    onSample,
    files: {
      system: nodeFileSystem,
      clock,
      descriptors: new DescriptorPool(descriptorsWithin(limits())),
      windows: new WindowPool(),
      landing,
    },
  });
}

/** Without /proc, as in some containers, the usual number is taken. */
function limits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

/**
 * Stamped, not sealed: they hold no byte of a log, and they have to open after a stop and start, which changes the key. Where
 * nothing can be kept they hold for this run: after a restart files are read as if for the first time.
 */
function slotsOf(memory: Pick<StateStore, 'stamped'>, logger: Logger): Slots {
  const files = {
    a: memory.stamped('logs.a'),
    b: memory.stamped('logs.b'),
    recent: memory.stamped('logs.recent'),
  };
  return {
    load: async (name) => {
      const loaded = await files[name]?.load();
      if (loaded?.kind === 'ignored') {
        const { why, reason } = loaded;
        logger.warn('a checkpoint of the logs in the state folder is left aside', {
          slot: name,
          why,
          reason,
        });
      }
      return loaded?.kind === 'loaded' ? loaded.content : undefined;
    },
    save: async (name, bytes) => (await files[name]?.save(bytes, name !== 'recent')) ?? ok(undefined),
  };
}
