import { stat } from 'node:fs/promises';
import { ok, type Outcome } from '#kit/outcome.ts';
import { createArchiveTally, type ArchiveTally } from './archive-bounds.ts';
import type { ArchiveFormat } from './archive-format.ts';
import type { OnOutput } from './command-runner.ts';
import type { CommandResult, RunCommand } from './command.ts';
import { readTarLine } from './tar-line.ts';

/** The same runner with another ear: the list of an archive is no output for the journal. */
export type RunnerFor = (onOutput: OnOutput) => RunCommand;

/** An archive that lies on the disk, before anything of it is unpacked. */
export interface Inspection {
  readonly path: string;
  readonly format: ArchiveFormat;
  /** Whether names that begin with a slash are refused; else they are taken as if they did not, as tar(1) does. */
  readonly refuseAbsolute: boolean;
  /** Of the lister, for errors. */
  readonly label: string;
  readonly timeoutMs: number;
  readonly runnerFor: RunnerFor;
  readonly judge: (result: CommandResult) => Outcome<void>;
  readonly signal: AbortSignal;
}

/** C: names are escaped, not translated. Nothing of the agent's own (TAR_OPTIONS, UNZIP). */
export const ARCHIVE_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** Of unzip and zipinfo: the archive is fine, and something about it is odd (unzip(1), "DIAGNOSTICS"). */
const ZIP_WARNING = 1;

/**
 * Has the members of an archive listed and looks at each: its kind, its name, and all together at their number and size.
 * The listing is ended at the first that is refused: a bomb is not unpacked, not even to nowhere.
 * @returns what is refused; undefined when nothing is.
 */
export async function inspectArchive(inspection: Inspection): Promise<Outcome<string | undefined>> {
  const { path, format, runnerFor, judge, signal, label, timeoutMs } = inspection;
  const tally = createArchiveTally((await stat(path)).size);
  const enough = new AbortController();
  let refused: string | undefined;
  const hear: OnOutput = (_label, stream, line) => {
    if (stream !== 'stdout' || refused !== undefined) return;
    refused = format === 'zip' ? judgeZipLine(line, tally) : judgeTarLine(line, tally, inspection);
    if (refused !== undefined) enough.abort();
  };
  const argv = format === 'zip' ? (['unzip', '-Zt', path] as const) : tarListing(path);
  const command = { label, argv, cwd: '/', env: ARCHIVE_ENVIRONMENT, timeoutMs };
  const result = await runnerFor(hear)(command, AbortSignal.any([signal, enough.signal]));
  if (refused !== undefined && !signal.aborted) return ok(refused);
  const judged = format === 'zip' && isZipWarning(result) ? ok(undefined) : judge(result);
  return judged.kind === 'ok' ? ok(undefined) : judged;
}

export function isZipWarning({ end }: CommandResult): boolean {
  return end.kind === 'exited' && end.code === ZIP_WARNING;
}

function tarListing(path: string): readonly [string, ...string[]] {
  const shape = ['--verbose', '--numeric-owner', '--full-time', '--quoting-style=escape', '--absolute-names'];
  return ['tar', '--list', `--file=${path}`, ...shape];
}

function judgeTarLine(line: string, tally: ArchiveTally, { refuseAbsolute }: Inspection): string | undefined {
  const member = readTarLine(line);
  if (member === undefined)
    return `it holds something that cannot be listed: ${JSON.stringify(line.slice(0, 100))}`;
  const [name] = member.names;
  const shown = JSON.stringify(name.slice(0, 200));
  if (member.kind === 'special') return `${shown} is no file, folder or link`;
  const climbs = member.names.some((each) => each.split('/').includes('..'));
  if (climbs || (refuseAbsolute && name.startsWith('/'))) return `${shown} leads out of it`;
  return tally.add(name, member.bytes);
}

/** `2 files, 20 bytes uncompressed, 14 bytes compressed:  30.0%` (zipinfo(1), -t). */
function judgeZipLine(line: string, tally: ArchiveTally): string | undefined {
  const totals = /^(\d+) files?, (\d+) bytes uncompressed/.exec(line);
  return totals ? tally.addAll(Number(totals[1]), Number(totals[2])) : undefined;
}
