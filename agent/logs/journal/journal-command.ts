import type { JournalSettings } from '../entry/log-plan.ts';
import { recordFields } from './journal-record.ts';
import { isUnitPattern } from './unit-selection.ts';

/** From where journalctl prints. */
export type JournalStart =
  | { readonly kind: 'after'; readonly cursor: string }
  /** Microseconds since the epoch, that instant included. */
  | { readonly kind: 'since'; readonly realtime: string }
  | { readonly kind: 'start' | 'end' };

/** Arguments of the journalctl that goes on for ever. */
export function followArguments(settings: JournalSettings, start: JournalStart): readonly string[] {
  return [
    '--output=json',
    `--output-fields=${recordFields(settings).join(',')}`,
    // Without it long fields and those with control characters are null.
    '--all',
    '--quiet',
    '--follow',
    // --follow alone begins with the last ten.
    ...(start.kind === 'end' ? ['--lines=0'] : ['--no-tail']),
    ...(start.kind === 'after' ? [`--after-cursor=${start.cursor}`] : []),
    ...(start.kind === 'since' ? [`--since=@${secondsOf(start.realtime)}`] : []),
    ...selection(settings),
  ];
}

/** Prints the record at a cursor, or the one nearest to it when that is gone. */
export function lookArguments(settings: JournalSettings, cursor: string): readonly string[] {
  return [
    '--output=json',
    '--output-fields=_BOOT_ID',
    '--quiet',
    '--lines=1',
    `--cursor=${cursor}`,
    ...namespace(settings),
  ];
}

function selection(settings: JournalSettings): readonly string[] {
  const { units, priority, matches } = settings;
  return [
    ...namespace(settings),
    // With a pattern among them the source itself selects: journalctl would look it up once.
    ...(units.some(isUnitPattern) ? [] : units.map((unit) => `--unit=${unit}`)),
    ...(priority === undefined ? [] : [`--priority=${priority}`]),
    ...matches,
  ];
}

function namespace({ namespace: name }: JournalSettings): readonly string[] {
  return name === undefined ? [] : [`--namespace=${name}`];
}

function secondsOf(realtime: string): string {
  const padded = realtime.padStart(7, '0');
  return `${padded.slice(0, -6)}.${padded.slice(-6)}`;
}
