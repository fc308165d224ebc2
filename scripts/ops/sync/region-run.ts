import type { Clock } from '#kit/clock.ts';
import { stopped, type Caller } from './calls.ts';
import type { CopyJournal } from './copy-journal.ts';
import type { LaunchTemplates } from './launch-templates.ts';
import type { Parameters } from './parameters.ts';
import type { RegionProgress } from './region-progress.ts';
import { notYet } from './sync-fault.ts';

/** One job in one destination: how it is done, whatever is copied. */
export interface RegionRun {
  readonly clock: Clock;
  readonly isPlan: boolean;
  readonly waits: boolean;
  readonly journal: CopyJournal;
  readonly progress: RegionProgress;
  readonly parameters: Parameters;
  readonly templates: LaunchTemplates;
}

/** Until a copy that is being made is looked at again. @throws LandfallError when the command ends before that. */
export async function pauseFor(id: string, { patience, region }: Caller): Promise<void> {
  const pause = await patience.sleep(patience.pollMs);
  if (pause === 'stopped') throw stopped('wait for');
  if (pause === 'late') throw notYet(id, region);
}
