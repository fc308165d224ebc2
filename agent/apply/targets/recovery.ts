import { ok, type Outcome } from '#kit/outcome.ts';
import type { ApplyHost } from '../apply-work.ts';
import { finishChange, isInPlace, undoChange } from './file-change.ts';
import { loadJournal } from './journal-record.ts';
import { removeTemporary } from './replacement.ts';
import { emptyStaging } from './target-staging.ts';

/** `finished`: the new files were all in place. `undone`: the old ones are back. */
export type Recovered = 'nothing' | 'finished' | 'undone';

/**
 * Ends a change that was cut short, before anything else is applied: files are all new or all old, and the services that
 * asked for a reload get it. It does not matter which of them had it already, nor how often this is cut short itself.
 */
export async function recoverTargets(host: ApplyHost, signal: AbortSignal): Promise<Outcome<Recovered>> {
  await emptyStaging(host);
  const journal = await loadJournal(host);
  const { change } = journal;
  if (change === undefined) return ok('nothing');
  const { files, reloads } = change;
  for (const { path } of files) await removeTemporary(path);
  const context = { host, redact: hideAll, signal, onUndone: () => {} };
  const inPlace = await isInPlace(change);
  const outcome = inPlace
    ? await finishChange(change, journal, context)
    : await undoChange(change, journal, reloads, context);
  const undone = !inPlace || (outcome.kind === 'fail' && outcome.fault.code === 'LF_APPLY_RELOAD');
  host.logger.warn('a change of files was cut short before', { files: files.length, undone });
  if (outcome.kind === 'ok' || (inPlace && undone)) return ok(undone ? 'undone' : 'finished');
  return outcome;
}

/** What commands write may hold values of a generation that is not at hand. */
function hideAll(text: string): string {
  return text === '' ? '' : '[not shown]';
}
