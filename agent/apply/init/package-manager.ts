import type { Outcome } from '#kit/outcome.ts';
import type { ConfigRun } from './task.ts';

/** How one package manager is talked to. */
export interface Manager {
  /** As the command line of the manager takes it, such as `nginx=1.24.0`. */
  specsOf(name: string, versions: readonly string[]): readonly string[];
  isInstalled(run: ConfigRun, place: string, wanted: Wanted): Promise<Outcome<boolean>>;
  /** Before `install`, when there is something to install; its failure is the install's affair. */
  readonly refresh: readonly [string, ...string[]] | undefined;
  readonly install: readonly [string, ...string[]];
  /** By what a refresh wrote: another one is under way, which is waited for. Left out: the manager waits by itself. */
  readonly isLocked?: (tail: string) => boolean;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Wanted {
  readonly name: string;
  /** One of those that `specsOf` gave. */
  readonly spec: string;
}
