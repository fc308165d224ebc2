import { join } from 'node:path';
import { writeFileAtomic } from '#kit/atomic-file.ts';
import { errnoOrText } from '#kit/errno.ts';
import type { Fault } from '#kit/errors.ts';
import { childFails } from '../across/child-run.ts';
import { cutoverPlace, type CutoverEntry } from './cutover-journal.ts';
import { maintenanceText } from './maintenance.ts';
import { noticeDigest, type Notice } from './notice.ts';
import type { PreparationParts } from './preparation.ts';
import type { Runbook } from './runbook.ts';
import { blocked, timeOf, unused, type StepReading } from './step.ts';

/** The steps that users meet, by what the journal knows: nobody can see what they were told, or what an instance was. */
export function userSteps(
  { notice, maintenance }: Runbook,
  { told, closedUntil, doneAt }: CutoverEntry,
  { isSwitched, now }: { readonly isSwitched: boolean; readonly now: number },
): readonly StepReading[] {
  const flag = maintenance ? maintenanceText(maintenance) : '';
  const isClosed = closedUntil !== undefined && closedUntil > now;
  const isOpen = isSwitched && doneAt['reopen'] !== undefined;
  return [
    notice ? noticeStep(notice, told, isSwitched, now) : unused('notice'),
    !maintenance
      ? unused('maintenance')
      : isSwitched || isClosed
        ? {
            step: 'maintenance',
            state: 'done',
            detail: isClosed ? `${flag}, until ${timeOf(closedUntil)}` : 'over',
          }
        : { step: 'maintenance', state: 'due', detail: flag },
    !maintenance
      ? unused('reopen')
      : isOpen
        ? { step: 'reopen', state: 'done', detail: `without ${maintenance.key}` }
        : { step: 'reopen', state: 'due', detail: `${maintenance.key} away, once all resolvers follow` },
  ];
}

function noticeStep(notice: Notice, told: string | undefined, isSwitched: boolean, now: number): StepReading {
  const when = timeOf(notice.at);
  if (told === noticeDigest(notice)) return { step: 'notice', state: 'done', detail: `of ${when}` };
  if (isSwitched) return { step: 'notice', state: 'done', detail: `${when} is over` };
  if (notice.at <= now)
    return blocked(
      'notice',
      when,
      'it is over, and nobody was told of it',
      'Write another time into notice.at.',
    );
  const by = notice.command === undefined ? 'written, for you to send' : 'sent by notice.command';
  return { step: 'notice', state: 'due', detail: `of ${when}, ${by}` };
}

/**
 * Writes the text beside the journal and has it sent. Undefined once that is done, else why not. A kill between sending and noting
 * sends it twice, which harms less than never.
 */
export async function tellUsers(notice: Notice, parts: PreparationParts): Promise<Fault | undefined> {
  const { book, folder, patience, context, say } = parts;
  const path = join(folder, cutoverPlace(folder, book).name, 'notice.txt');
  const fault = (cause: string, hint: string): Fault => {
    return { code: 'LF_CUTOVER_UNFINISHED', operation: 'tell users', subject: path, cause, hint };
  };
  try {
    await writeFileAtomic(path, `${notice.text}\n`, 0o600);
  } catch (error) {
    return fault(errnoOrText(error), 'Name a folder with --state-dir that can be written.');
  }
  say(`notice: ${notice.text}`);
  if (notice.command === undefined) {
    say(`notice: it is in ${path}; send it`);
    return undefined;
  }
  const env = { ...context.env, LANDFALL_CUTOVER_NOTICE: notice.text, LANDFALL_CUTOVER_NOTICE_FILE: path };
  const child = { argv: ['/bin/sh', '-c', notice.command] as const, env, endsRest: false };
  const why = await childFails(child, patience, context);
  return why === undefined ? undefined : fault(`notice.command: ${why}`, 'See why it was not sent.');
}
