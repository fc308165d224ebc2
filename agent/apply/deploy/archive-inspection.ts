import { stat } from 'node:fs/promises';
import { ok, type Outcome } from '#kit/outcome.ts';
import { createArchiveTally, type ArchiveTally } from './archive-bounds.ts';
import type { ArchiveFormat } from './archive-format.ts';
import type { OnOutput } from '../commands/command-runner.ts';
import type { CommandResult, RunCommand } from '../commands/command.ts';
import type { Owner, PackedAttributes } from './packed-attributes.ts';
import { createPackedOwners, type PackedOwners } from './packed-owners.ts';
import { readTarLine } from './tar-line.ts';

/** The same runner with another ear: the list of an archive is no output for the journal. */
export type RunnerFor = (onOutput: OnOutput) => RunCommand;

/** An archive that lies on the disk, before anything of it is unpacked. */
export interface Inspection {
  readonly path: string;
  readonly format: ArchiveFormat;
  /** Whether names that begin with a slash are refused; else they are taken as if they did not, as tar(1) does. */
  readonly refuseAbsolute: boolean;
  /** Whose all is that the plan does not name. Only root can give a file to somebody else. */
  readonly own: Owner;
  /** Files that the plan names, relative to where it is unpacked. */
  readonly named: readonly string[];
  readonly attributes: PackedAttributes;
  /** Name of the listing program, for errors. */
  readonly label: string;
  readonly timeoutMs: number;
  readonly runnerFor: RunnerFor;
  readonly judge: (result: CommandResult) => Outcome<void>;
  readonly signal: AbortSignal;
}

/** C: names are escaped, not translated. Nothing of the agent's own (TAR_OPTIONS, UNZIP). */
export const ARCHIVE_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export type Inspected =
  | { readonly kind: 'refused'; readonly cause: string }
  /** @property owners of named members of a tar, by path. A list of a zip does not tell them. */
  | { readonly kind: 'taken'; readonly owners: ReadonlyMap<string, Owner> };

/** Of unzip and zipinfo: the archive is fine, and something about it is odd (unzip(1), "DIAGNOSTICS"). */
const ZIP_WARNING = 1;

/**
 * Has the members of an archive listed and looks at each: its kind, its name, and all together at their number and size.
 * The listing is ended at the first that is refused: a bomb is not unpacked, not even to nowhere.
 */
export async function inspectArchive(inspection: Inspection): Promise<Outcome<Inspected>> {
  const { path, format, judge, signal, own, named, attributes } = inspection;
  const owners = createPackedOwners(own, named, attributes);
  const tally = createArchiveTally((await stat(path)).size);
  const enough = new AbortController();
  let refused: string | undefined;
  const hear: OnOutput = (_label, stream, line) => {
    if (stream !== 'stdout' || refused !== undefined) return;
    refused = format === 'zip' ? judgeZipLine(line, tally) : judgeTarLine(line, tally, owners, inspection);
    if (refused !== undefined) enough.abort();
  };
  const argv = format === 'zip' ? (['unzip', '-Zt', path] as const) : tarListing(path, ['--numeric-owner']);
  const result = await list(inspection, argv, hear, AbortSignal.any([signal, enough.signal]));
  if (refused !== undefined && !signal.aborted) return ok({ kind: 'refused', cause: refused });
  const judged = format === 'zip' && isZipWarning(result) ? ok(undefined) : judge(result);
  if (judged.kind !== 'ok') return judged;
  if (format === 'zip') {
    const more = await unpacksToMore(inspection, tally.content());
    if (more.kind !== 'ok') return more;
    if (more.value) return ok({ kind: 'refused', cause: 'it unpacks to more than it says' });
  }
  const spelled = own.uid === 0 && owners.wantsNames() ? await readNames(inspection, owners) : ok(undefined);
  if (spelled.kind !== 'ok') return spelled;
  return ok({ kind: 'taken', owners: own.uid === 0 ? await owners.read() : new Map() });
}

/** A second list, for one with names cannot be read where a blank is in one. */
async function readNames(inspection: Inspection, owners: PackedOwners): Promise<Outcome<void>> {
  const hear: OnOutput = (_label, stream, line) => {
    const member = stream === 'stdout' ? readTarLine(line) : undefined;
    if (member) owners.name(member);
  };
  return inspection.judge(await list(inspection, tarListing(inspection.path, []), hear, inspection.signal));
}

/** What a zip's directory says of sizes binds nobody, unzip the least: all is read to nowhere, and no further than was said. */
async function unpacksToMore(inspection: Inspection, said: number): Promise<Outcome<boolean>> {
  let read: number | undefined;
  const hear: OnOutput = (_label, stream, line) => {
    if (stream === 'stdout') read = Number(line);
  };
  const shell = 'unzip -p "$1" </dev/null 2>/dev/null | head -c "$2" | wc -c';
  const argv = ['sh', '-c', shell, 'sh', inspection.path, String(said + 1)] as const;
  const result = await list(inspection, argv, hear, inspection.signal);
  const judged = inspection.judge(result);
  return judged.kind === 'ok' ? ok(read === undefined || read > said) : judged;
}

async function list(
  { runnerFor, label, timeoutMs }: Inspection,
  argv: readonly [string, ...string[]],
  hear: OnOutput,
  signal: AbortSignal,
): Promise<CommandResult> {
  return await runnerFor(hear)({ label, argv, cwd: '/', env: ARCHIVE_ENVIRONMENT, timeoutMs }, signal);
}

export function isZipWarning({ end }: CommandResult): boolean {
  return end.kind === 'exited' && end.code === ZIP_WARNING;
}

function tarListing(path: string, more: readonly string[]): readonly [string, ...string[]] {
  const shape = [...more, '--verbose', '--full-time', '--quoting-style=escape', '--absolute-names'];
  return ['tar', '--list', `--file=${path}`, ...shape];
}

function judgeTarLine(
  line: string,
  tally: ArchiveTally,
  owners: PackedOwners,
  { refuseAbsolute }: Inspection,
): string | undefined {
  const member = readTarLine(line);
  if (member === undefined)
    return `it holds something that cannot be listed: ${JSON.stringify(line.slice(0, 100))}`;
  const [name] = member.names;
  const shown = JSON.stringify(name.slice(0, 200));
  if (member.kind === 'special') return `${shown} is no file, folder or link`;
  const climbs = member.names.some((each) => each.split('/').includes('..'));
  if (climbs || (refuseAbsolute && name.startsWith('/'))) return `${shown} leads out of it`;
  owners.number(member);
  return tally.add(name, member.bytes);
}

/** `2 files, 20 bytes uncompressed, 14 bytes compressed:  30.0%` (zipinfo(1), -t). */
function judgeZipLine(line: string, tally: ArchiveTally): string | undefined {
  const totals = /^(\d+) files?, (\d+) bytes uncompressed/.exec(line);
  return totals ? tally.addAll(Number(totals[1]), Number(totals[2])) : undefined;
}
