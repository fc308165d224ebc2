import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Without it no figure means anything. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly system: string;
  /** The Node that ran the benchmark; the executable under test brings its own. */
  readonly node: string;
  /** Load average of the minute before: who shares a machine measures its neighbours too. */
  readonly load: number;
}

export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    load: loadavg()[0] ?? 0,
  };
}

export function printMachine({ cores, processor, memoryGiB, system, node, load }: Machine): string {
  return `${cores} x ${processor}, ${memoryGiB} GiB, ${system}, Node ${node}, load before ${load.toFixed(1)}`;
}
