import { setTimeout as sleep } from 'node:timers/promises';
import { LogFile } from './log-file.ts';
import type { Lane } from './peer.ts';
import type { Step } from './scenario.ts';
import { ShipperProcess } from './shipper-process.ts';
import { Tally, type Verdict } from './tally.ts';

export interface Course {
  readonly steps: readonly Step[];
  readonly seed: number;
  readonly lane: Lane;
  /** The file the lane follows. */
  readonly log: string;
  /** How long nothing must have come until what is missing counts as lost. */
  readonly patienceMs: number;
}

const LOOK_EVERY_MS = 50;

/** Plays the steps, then waits for what is still on its way, stops the shipper and counts. */
export async function play({ steps, seed, lane, log, patienceMs }: Course): Promise<Verdict> {
  using file = new LogFile(log, seed);
  await using shipper = new ShipperProcess(lane);
  const tally = new Tally(seed, (line) => file.fileOf(line));
  const collect = (): void => {
    for (const text of lane.sink.read()) tally.take(text);
  };
  const settle = async (): Promise<void> => {
    let lastArrival = performance.now();
    while (tally.distinct < file.count && performance.now() - lastArrival < patienceMs) {
      const before = tally.distinct;
      collect();
      if (tally.distinct > before) lastArrival = performance.now();
      await sleep(LOOK_EVERY_MS);
    }
  };
  for (const step of steps) await take(step);
  await settle();
  await shipper.stop();
  collect();
  return tally.verdict(file.count);

  async function take(step: Step): Promise<void> {
    switch (step.do) {
      case 'write':
        return file.write(step.lines);
      case 'wait':
        return sleep(step.ms);
      case 'rename':
      case 'copyTruncate':
      case 'compress':
      case 'delete':
      case 'truncate':
        return file[step.do]();
      case 'start':
      case 'stop':
      case 'kill':
        return shipper[step.do]();
      case 'cut':
      case 'restore':
        return lane.sink[step.do]();
      case 'settle':
        return settle();
    }
  }
}
