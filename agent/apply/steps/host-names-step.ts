import {
  readHostLines,
  readHosts,
  rewriteHosts,
  withHostLines,
  withoutHostLines,
  type HostLine,
  type HostsFile,
  type Stamp,
} from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { isoTime } from '#kit/iso-time.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { HostEntry } from '../../plan/plan.ts';
import type { ApplyStep, ApplyWork, Change } from '../apply-work.ts';
import { fileFault } from '../targets/file-fault.ts';

export interface HostNames extends ApplyStep {
  /** To the lines that were there before the last `run` of this process. */
  back(): Promise<Outcome<void>>;
  /** Takes out the lines whose time is over. */
  expire(): Promise<Outcome<readonly Change[]>>;
  /** Epoch ms at which the next line goes; undefined: none does. */
  nextExpiry(): number | undefined;
}

export interface HostNamesParts {
  readonly file: HostsFile;
  readonly here: Stamp;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The section `hosts` in the file of host names: lines of ours, each marked with whose it is, at the end of a file whose other lines
 * are everybody else's. A name that others have there already is refused: the first line wins, and theirs is the first.
 */
export function createHostNames({ file, here, clock }: HostNamesParts): HostNames {
  let before: readonly HostLine[] | undefined;
  let pending: readonly number[] = [];

  const wanted = ({ plan }: ApplyWork): readonly HostEntry[] =>
    plan.hosts.filter(({ until }) => until === undefined || until > clock.now());
  const rewrite = async (change: (text: string) => string): Promise<Outcome<void>> => {
    try {
      await rewriteHosts(file, change);
      return ok(undefined);
    } catch (error) {
      return fileFault(error, 'write', file.path);
    }
  };

  return {
    name: 'host names',

    async preview(work) {
      const text = await readHosts(file).catch(() => '');
      return (
        refusalOf(text, wanted(work), here, file.path) ?? ok(changesIn(text, wanted(work), here, file.path))
      );
    },

    async run(work) {
      const entries = wanted(work);
      let text: string;
      try {
        text = await readHosts(file);
      } catch (error) {
        // Who wants nothing of it need not have one.
        return entries.length === 0 ? ok([]) : fileFault(error, 'read', file.path);
      }
      const refused = refusalOf(text, entries, here, file.path);
      if (refused) return refused;
      const changes = changesIn(text, entries, here, file.path);
      before = readHostLines(text, here).marked;
      pending = expiriesOf(entries);
      if (changes.length === 0) return ok([]);
      const written = await rewrite((now) => withHostLines(now, here, entries.map(lineOf)));
      return written.kind === 'ok' ? ok(changes) : written;
    },

    async back() {
      if (!before) return ok(undefined);
      const lines = before;
      pending = expiriesOf(lines);
      return rewrite((now) => withHostLines(now, here, lines));
    },

    async expire() {
      const now = clock.now();
      const gone: string[] = [];
      const written = await rewrite((text) => {
        const over = readHostLines(text, here).marked.filter(({ until }) => isOver(until, now));
        gone.splice(0, gone.length, ...over.flatMap(({ names }) => names.slice(0, 1)));
        return withoutHostLines(text, here, ({ until }) => isOver(until, now));
      });
      if (written.kind !== 'ok') return written;
      pending = pending.filter((until) => until > now);
      return ok(gone.map((name) => removed(name, file.path, { reason: 'its time is over' })));
    },

    nextExpiry: () => pending[0],
  };
}

function isOver(until: number | undefined, now: number): boolean {
  return until !== undefined && until <= now;
}

function expiriesOf(lines: readonly Pick<HostLine, 'until'>[]): readonly number[] {
  return lines.flatMap(({ until }) => until ?? []).toSorted((a, b) => a - b);
}

function lineOf({ name, aliases, address, until }: HostEntry): HostLine {
  return { address, names: [name, ...aliases], until };
}

/** By first name. Names and no addresses: what leads where, the file says. */
function changesIn(
  text: string,
  entries: readonly HostEntry[],
  here: Stamp,
  subject: string,
): readonly Change[] {
  const there = new Map(readHostLines(text, here).marked.map((line) => [line.names[0] ?? '', line]));
  const changes: Change[] = entries.flatMap((entry) => {
    const now = there.get(entry.name);
    there.delete(entry.name);
    const isSame = now?.kinship === 'same' && textOf(now) === textOf(lineOf(entry));
    const reason = entry.until === undefined ? {} : { reason: `until ${isoTime(entry.until)}` };
    return isSame
      ? []
      : [{ entry: `hosts.${entry.name}`, subject, action: now ? 'replace' : 'add', ...reason }];
  });
  return [...changes, ...[...there.keys()].map((name) => removed(name, subject))];
}

function removed(name: string, subject: string, why: Pick<Change, 'reason'> = {}): Change {
  return { entry: `hosts.${name}`, subject, action: 'remove', ...why };
}

function textOf({ address, names, until }: HostLine): string {
  return [address, ...names, until ?? ''].join(' ');
}

function refusalOf(text: string, entries: readonly HostEntry[], here: Stamp, path: string) {
  if (entries.length === 0) return undefined;
  // Block lists of advertisers have a hundred thousand lines: each is looked at once.
  const wanted = new Map(
    entries.flatMap((entry) =>
      [entry.name, ...entry.aliases].map((name) => [nameIn(entry.address, name), { entry, name }] as const),
    ),
  );
  for (const { address, names, line } of readHostLines(text, here).others) {
    const [taken] = names.flatMap((name) => wanted.get(nameIn(address, name)) ?? []);
    if (!taken) continue;
    const { place } = taken.entry;
    const where = place.line === undefined ? place.file : `${place.file}:${place.line}`;
    return fail({
      code: 'LF_APPLY_TARGET',
      operation: 'write',
      subject: path,
      cause: `line ${line} of somebody else has ${taken.name} already, and would win (${where})`,
      hint: 'Take the name out of that line, or out of `hosts` in the plan.',
    });
  }
  return undefined;
}

/** A name at IPv4 and the same at IPv6 do not compete. */
function nameIn(address: string, name: string): string {
  return `${address.includes(':') ? 6 : 4} ${name.toLowerCase()}`;
}
