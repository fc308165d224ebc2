import { createHash } from 'node:crypto';

/**
 * Where in the interval this instance polls, in milliseconds: hash(instance-id) mod interval (law 7), so that a fleet
 * spreads itself evenly and an instance keeps its place across restarts.
 */
export function phaseOf(instanceId: string, intervalMs: number): number {
  const hash = createHash('sha256').update(instanceId).digest();
  return hash.readUIntBE(0, 6) % intervalMs;
}

/** Milliseconds from `now` (epoch ms) to the next slot of this phase: more than 0, at most the interval. */
export function untilNextSlot(now: number, intervalMs: number, phaseMs: number): number {
  const into = (((now - phaseMs) % intervalMs) + intervalMs) % intervalMs;
  return intervalMs - into;
}
