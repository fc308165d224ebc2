import type { Landing } from '#config-service';
import type { Checkpoint } from '#agent/logs/base/checkpoints.ts';
import { JournalSource } from '#agent/logs/journal/journal-source.ts';
import type { LogEvent } from '#agent/logs/base/log-event.ts';
import type { JournalSettings } from '#agent/logs/entry/log-plan.ts';
import { systemClock } from '#kit/clock.ts';
import { silentLogger } from '#kit/logger.ts';
import type { FakeJournalctl } from '../support/fake-journalctl.ts';

const ALL: JournalSettings = {
  kind: 'journal',
  units: [],
  priority: undefined,
  matches: [],
  namespace: undefined,
  from: 'start',
  inherited: 'skip',
  format: 'auto',
  multiline: undefined,
  flushMs: 5_000,
  time: undefined,
};

export interface OpenedJournal extends AsyncDisposable {
  readonly source: JournalSource;
  /** What it was told last. */
  readonly checkpoints: readonly Checkpoint[];
  readonly losses: readonly (readonly [cause: string, events: number])[];
  until(count: number): Promise<readonly LogEvent[]>;
}

export function openJournal(
  journal: FakeJournalctl,
  settings: Partial<JournalSettings> = {},
  checkpoint?: Checkpoint,
  landing?: Landing,
): OpenedJournal {
  const checkpoints: Checkpoint[] = [];
  const losses: (readonly [string, number])[] = [];
  const source = new JournalSource({
    name: 'journal',
    destination: { group: 'g', stream: 's' },
    settings: { ...ALL, ...settings },
    landing,
    journalctl: journal.path,
    clock: systemClock,
    random: () => 0,
    logger: silentLogger,
    loadCheckpoint: () => Promise.resolve(checkpoint),
    saveCheckpoint: (saved) => checkpoints.push(saved),
    lost: (cause, events) => losses.push([cause, events]),
  });
  return {
    source,
    checkpoints,
    losses,
    until: async (count) => {
      const events: LogEvent[] = [];
      while (events.length < count) events.push(...(await source.read(65_536)));
      return events;
    },
    [Symbol.asyncDispose]: () => source.close(),
  };
}
