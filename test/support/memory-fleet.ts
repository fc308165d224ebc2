import { createHash } from 'node:crypto';
import type { FleetParts, FleetStore } from '#agent/apply/steps/fleet-turns.ts';
import type { Clock } from '#kit/clock.ts';
import { silentLogger } from '#kit/logger.ts';
import { ok } from '#kit/outcome.ts';

export interface MemoryFleet {
  readonly objects: Map<string, Uint8Array>;
  readonly store: FleetStore;
  /** For one instance of it. @param waited gets what it waits for. */
  readonly parts: (clock: Clock, waited?: string[]) => FleetParts;
}

/** What S3 does with conditional writes, in memory. */
export function memoryFleet(): MemoryFleet {
  const objects = new Map<string, Uint8Array>();
  const store: FleetStore = {
    read: async (key) => {
      const bytes = objects.get(key);
      return ok(bytes && { bytes, etag: etagOf(bytes) });
    },
    write: async (key, bytes, over) => {
      const there = objects.get(key);
      if ((there && etagOf(there)) !== over) return ok('met');
      objects.set(key, bytes);
      return ok({ etag: etagOf(bytes) });
    },
  };
  const parts = (clock: Clock, waited: string[] = []): FleetParts => ({
    store,
    clock,
    logger: silentLogger,
    during: (name, work) => {
      if (waited.at(-1) !== name) waited.push(name);
      return work();
    },
  });
  return { objects, store, parts };
}

function etagOf(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
