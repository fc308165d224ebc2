import { LandfallError, type Fault } from '#kit/errors.ts';
import { probeFails } from '../across/probe.ts';
import type { PreparationParts } from './preparation.ts';
import { openRehearsalDatabase, type RehearsalDatabase, type RestoredCopy } from './rehearsal-database.ts';
import { leadingLines, removalLines } from './rehearsal-hosts.ts';
import type { Rehearsal } from './rehearsal.ts';
import { runOnInstances } from './run-command.ts';
import { blocked, unread, unused, type StepReading } from './step.ts';

const SMOKE_TRIES = 3;

/** @param isOver whether it went well before: then only a copy that is still there makes it due. */
export async function readRehearsal(parts: PreparationParts, isOver: boolean): Promise<StepReading> {
  const { rehearsal } = parts.book;
  if (!rehearsal) return unused('rehearsal');
  return await withDatabase(parts, rehearsal, asBlocked, async (database) => {
    const found = await database.read();
    const stranger = strangerOf(found, rehearsal, parts);
    if (stranger) return stranger;
    const isThere = found !== undefined && found.status !== 'deleting';
    if (isOver) {
      return isThere
        ? { step: 'rehearsal', state: 'due', detail: `to take away: ${rehearsal.name}` }
        : { step: 'rehearsal', state: 'done', detail: `${rehearsal.database} was well, and is taken away` };
    }
    const detail = isThere ? `under way: ${rehearsal.name}` : `${rehearsal.database} as ${rehearsal.name}`;
    return { step: 'rehearsal', state: 'due', detail };
  });
}

/**
 * Restores what `sync` brought, leads the test instance there, and asks whether it is well. What a killed run left is gone on
 * with. Undefined when all is well; the copy stays either way, for `endRehearsal`.
 */
export async function rehearse(parts: PreparationParts, rehearsal: Rehearsal): Promise<Fault | undefined> {
  const { book, patience, context, say } = parts;
  return await withDatabase<Fault | undefined>(parts, rehearsal, itself, async (database) => {
    const endpoint = await restored(parts, rehearsal, database);
    if (typeof endpoint !== 'string') return endpoint;
    say(`rehearsal: ${rehearsal.hosts.join(' ')} on ${rehearsal.instance} lead to ${endpoint}`);
    const { hosts, forMs } = rehearsal;
    const led = await runOnInstances(
      {
        region: book.to,
        on: { instance: rehearsal.instance },
        lines: leadingLines({ service: book.service, hosts, endpoint, forMs }),
        comment: `landfall-ops cutover: rehearsal of ${book.service}`,
      },
      patience,
      context,
    );
    if (led.kind === 'failed') return led.fault;
    const said = await Promise.all(
      rehearsal.smoke.map(async (probe) => ({ probe, why: await probeFails(probe, SMOKE_TRIES, patience) })),
    );
    const unwell = said.find(({ why }) => why !== undefined);
    if (!unwell) return undefined;
    return fault(rehearsal, `${unwell.probe.text}: ${unwell.why}`, `See why it is not well on ${endpoint}.`);
  });
}

/** Takes back what leads there, and then the copy. Nothing to do where neither is. */
export async function endRehearsal(
  parts: PreparationParts,
  rehearsal: Rehearsal,
): Promise<Fault | undefined> {
  const { book, patience, context, say } = parts;
  return await withDatabase<Fault | undefined>(parts, rehearsal, itself, async (database) => {
    const found = await database.read();
    if (!found || strangerOf(found, rehearsal, parts)) return undefined;
    if (found.status === 'deleting') return undefined;
    const back = await runOnInstances(
      {
        region: book.to,
        on: { instance: rehearsal.instance },
        lines: removalLines(book.service),
        comment: `landfall-ops cutover: end of the rehearsal of ${book.service}`,
      },
      patience,
      context,
    );
    say(`rehearsal: ${rehearsal.name} is taken away`);
    await database.remove();
    // The copy goes all the same: what still leads there ends by itself.
    return back.kind === 'failed' ? back.fault : undefined;
  });
}

/** Its endpoint, once it can be asked. */
async function restored(
  parts: PreparationParts,
  rehearsal: Rehearsal,
  database: RehearsalDatabase,
): Promise<string | Fault> {
  const { patience, say, book } = parts;
  let isAsked = false;
  let said = '';
  for (;;) {
    const found = await database.read();
    const stranger = strangerOf(found, rehearsal, parts);
    if (stranger?.fault) return stranger.fault;
    if (found?.status === 'available' && found.endpoint !== undefined) return found.endpoint;
    if (found && /^(?:failed|incompatible|restore-error|inaccessible)/.test(found.status))
      return fault(rehearsal, `${rehearsal.name} is ${found.status}`, 'See its events in RDS.');
    if (!found && !isAsked) {
      const snapshot = await database.newest();
      if (snapshot === undefined) {
        const cause = `${book.to} has no snapshot of ${rehearsal.database} that sync brought from ${book.from}`;
        return fault(rehearsal, cause, 'Add a job of rds_automated_snapshot to the file of `sync`.');
      }
      say(`rehearsal: ${rehearsal.name} from ${snapshot}`);
      await database.restore(snapshot);
      isAsked = true;
    }
    if (found && found.status !== said) say(`rehearsal: ${rehearsal.name} is ${found.status}`);
    said = found?.status ?? said;
    if (found?.status === 'available')
      return fault(rehearsal, `${rehearsal.name} has no endpoint`, 'Run it again.');
    if ((await patience.sleep(patience.pollMs)) !== 'on')
      return fault(
        rehearsal,
        `${rehearsal.name} is not there yet`,
        'Run the same command again: it goes on.',
      );
  }
}

/** A database of this name that nobody restored for this service is never touched. */
function strangerOf(
  found: RestoredCopy | undefined,
  { name }: Rehearsal,
  { book }: PreparationParts,
): StepReading | undefined {
  if (!found || found.service === book.service) return undefined;
  const whose =
    found.service === undefined ? 'it was not restored by a rehearsal' : `it is of ${found.service}`;
  return blocked('rehearsal', `${name} in ${book.to}`, whose, 'Give the rehearsal another name.');
}

async function withDatabase<T>(
  { book, patience, context }: PreparationParts,
  rehearsal: Rehearsal,
  refused: (fault: Fault) => T,
  act: (database: RehearsalDatabase) => Promise<T>,
): Promise<T> {
  const database = openRehearsalDatabase(rehearsal, book, patience, context);
  try {
    return await act(database);
  } catch (error) {
    if (!(error instanceof LandfallError)) throw error;
    return refused(error.fault);
  } finally {
    database.end();
  }
}

const itself = (refused: Fault): Fault => refused;
const asBlocked = (refused: Fault): StepReading => unread('rehearsal', refused);

function fault({ database }: Rehearsal, cause: string, hint: string): Fault {
  return { code: 'LF_CUTOVER_UNFINISHED', operation: 'rehearse', subject: database, cause, hint };
}
