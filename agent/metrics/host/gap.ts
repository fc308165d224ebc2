import type { HostSample } from './host-sample.ts';

type Moment = Pick<HostSample, 'at' | 'monotonicMs' | 'bootId'>;

/** Longer than so many intervals between two samples is a pause of the machine, and an average over it says nothing. */
const MAX_INTERVALS = 3;

/** NTP may slew and step a little; a second is noise. */
const NOISE_MS = 1_000;

/**
 * Seconds between two samples, over which counters may be told as rates (case 70). Undefined across a reboot, a suspend, a
 * stopped virtual machine, or a clock that was set: with the wrong divisor an ordinary counter is a spike. Suspend is
 * seen in the wall clock running ahead of the monotonic one; a paused machine in both running ahead of the interval.
 */
export function steadySeconds(before: Moment, now: Moment, intervalMs: number): number | undefined {
  const elapsed = now.monotonicMs - before.monotonicMs;
  const drift = Math.abs(now.at - before.at - elapsed);
  const isSteady =
    before.bootId === now.bootId &&
    elapsed > 0 &&
    elapsed <= MAX_INTERVALS * intervalMs &&
    drift <= Math.max(NOISE_MS, intervalMs / 2);
  return isSteady ? elapsed / 1000 : undefined;
}

/**
 * How far a counter went; undefined when it went back: the interface was reset, the volume attached anew, or 32 bits
 * wrapped. What it was between is not known, and any guess may be a spike.
 */
export function advance(before: number | undefined, now: number): number | undefined {
  return before === undefined || now < before ? undefined : now - before;
}
