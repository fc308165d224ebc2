import type { Fault } from '#kit/errors.ts';
import type { Patience } from '../across/patience.ts';

/** The root file system of what is baked, while it can be written to. */
export interface ImageRoot {
  /** Where it lies on this machine. */
  readonly path: string;
  /** Runs what provisions; undefined once it ended with 0, else why not. */
  readonly provision: (patience: Patience) => Promise<string | undefined>;
  /** Lets go of it: whatever this machine wrote is on the volume then. @throws BakeHalt. */
  readonly close: () => Promise<void>;
}

/** A volume as EC2 attached it. */
export interface AttachedVolume {
  readonly id: string;
  /** The name that was asked for. */
  readonly device: string;
}

/** Who brings the root of a volume within reach. */
export interface RootKeeper {
  /** Why this machine cannot; asked before anything is changed. */
  readonly unready: () => Promise<Fault | undefined>;
  /** @param noted is told where it will be mounted, before it is. @throws BakeHalt. */
  readonly open: (
    volume: AttachedVolume,
    noted: (mountPoint: string) => Promise<void>,
    patience: Patience,
  ) => Promise<ImageRoot>;
  /** After a run that was killed: nothing is mounted there any more. @throws BakeHalt. */
  readonly leave: (mountPoint: string) => Promise<void>;
  /** What `open` brings, for a plan: `run provision.sh in /mnt/image`. */
  readonly course: readonly string[];
}
