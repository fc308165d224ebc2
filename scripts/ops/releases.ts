import { epochMsOf } from '#kit/iso-time.ts';
import type { Command } from 'commander';
import {
  gather,
  pastOf,
  percentAt,
  settle,
  type PastRelease,
  type Pointer,
  type Release,
  type ReleaseOrigin,
  describeOrigin,
} from '#config-service';
import { alignColumns, oneLine, paint } from '#agent/console/terminal.ts';
import { formatDuration } from '#kit/duration.ts';
import { describeAdoption, readAdoption, type Adoption } from './site/adoption.ts';
import type { OpsContext } from './console/context.ts';
import { usage, valueOf } from './console/options.ts';
import { describePast } from './publication/refused-move.ts';
import { listReleases, readRecord, type ReleaseSite } from './site/release-site.ts';
import { openPublished, readRegionFlags } from './site/site-options.ts';
import type { SiteFlags } from './site/open-site.ts';
import { growingCandidate } from './publication/pointer-plan.ts';
import { LandfallError } from '#kit/errors.ts';

interface Flags extends SiteFlags {
  readonly region?: string;
  readonly regions?: string;
  readonly json?: boolean;
  readonly last: string;
}

interface Row {
  readonly release: Release;
  readonly origin: ReleaseOrigin;
  readonly mark: string;
  readonly adoption: Adoption | undefined;
}

export function addReleasesCommand(program: Command, context: OpsContext): void {
  program
    .command('releases')
    .description('list the releases of a region, newest first, and how the current ones do')
    .requiredOption('--to <address>', 'where releases lie: s3://bucket-{region}/prefix')
    .option('--region <region>', 'which region')
    .option('--regions <regions>', 'several, and whether they run the same')
    .option('--owner <account>', 'the account that must own the buckets')
    .option('--json', 'print JSON, errors included')
    .option('--last <n>', 'how many', '20')
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops releases --to 's3://payroll-{region}/landfall' --region eu-west-1",
    )
    .action((flags: Flags) => list(flags, context));
}

/** A region that cannot be read does not hide the others; the first such failure ends the command after them. */
async function list(flags: Flags, context: OpsContext): Promise<void> {
  const { json } = flags;
  const last = readLast(flags.last);
  const regions = readRegionFlags(flags);
  const documents: object[] = [];
  const running = new Map<string, string>();
  const failures: LandfallError[] = [];
  for (const region of regions) {
    try {
      const { site, held } = await openPublished({ ...flags, region }, context);
      const rows = await readRows(site, held.pointer, last, context.clock.now());
      running.set(region, newestOf(held.pointer, context.clock.now()));
      documents.push(documentOf(site, held.pointer, rows, context));
      if (json === true) continue;
      if (flags.regions !== undefined) context.out(`${paint(context, 'bold', region)}\n`);
      context.out(screen(rows, context) + failing(rows, context));
    } catch (error) {
      if (!(error instanceof LandfallError) || flags.regions === undefined) throw error;
      failures.push(error);
      if (json !== true)
        context.out(`${paint(context, 'bold', region)}\n${paint(context, 'red', error.message)}\n`);
    }
  }
  const isSame = new Set(running.values()).size <= 1;
  if (flags.regions === undefined) {
    if (json === true) context.out(`${JSON.stringify(documents[0], null, 2)}\n`);
  } else if (json === true) {
    context.out(`${JSON.stringify({ drift: !isSame, regions: documents }, null, 2)}\n`);
  } else {
    context.out(isSame ? '' : `${paint(context, 'yellow', 'drift')}: ${describeRunning(running)}\n`);
  }
  const [first] = failures;
  if (first) throw first;
}

function newestOf(pointer: Pointer, now: number): string {
  return (growingCandidate(pointer, now) ?? settle(pointer, now).stable).id;
}

function describeRunning(running: ReadonlyMap<string, string>): string {
  return [...running].map(([region, release]) => `${region} ${release}`).join(', ');
}

async function readRows(
  site: ReleaseSite,
  pointer: Pointer,
  last: number,
  now: number,
): Promise<readonly Row[]> {
  const { stable, candidate } = pointer;
  const pointed = [stable, ...(candidate ? [candidate.release] : [])];
  const names = valueOf(await listReleases(site)).filter(
    (id) => !pointed.some((release) => release.id === id),
  );
  const older = valueOf(await gather(names.slice(0, last), 16, (id) => readRecord(site, id)));
  const past = new Map(pastOf(pointer, now).map((entry) => [entry.release, entry]));
  const rows: Row[] = older.map(({ release, origin }) => ({
    release,
    origin,
    mark: pastMark(past.get(release.id)),
    adoption: undefined,
  }));
  for (const release of pointed) {
    const mark = release === stable ? stableMark(pointer, now) : candidateMark(pointer, now);
    const record = await readRecord(site, release.id);
    // A kill may have left it out; the release is there all the same.
    const origin = record.kind === 'ok' ? record.value.origin : {};
    rows.push({ release, origin, mark, adoption: valueOf(await readAdoption(site, release.id)) });
  }
  // What runs is shown whatever it is called: after a rollback it is older than many.
  const others = rows.filter(({ adoption }) => adoption === undefined);
  const shown = new Set([
    ...rows.filter((row) => !others.includes(row)),
    ...others.slice(0, Math.max(0, last - pointed.length)),
  ]);
  return rows.filter((row) => shown.has(row)).toSorted((a, b) => (a.release.id < b.release.id ? 1 : -1));
}

/** Nothing of what was replaced in the ordinary course. */
function pastMark(past: PastRelease | undefined): string {
  return past === undefined || past.fate === 'replaced' ? '' : describePast(past);
}

/** @throws LandfallError `LF_USAGE`. */
function readLast(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw usage(`--last ${text}`, 'it is no whole number above 0', 'Write it as --last 20.');
}

function stableMark(pointer: Pointer, now: number): string {
  const share = pointer.candidate ? percentAt(pointer.candidate, now) : 0;
  return share === 0
    ? 'current'
    : share === 100
      ? 'previous, until the next move'
      : `current, ${100 - share}%`;
}

function candidateMark({ candidate }: Pointer, now: number): string {
  if (!candidate) return '';
  if (candidate.halted) {
    const { by, reason } = candidate.halted;
    return `halted: ${oneLine(reason)}${by === undefined ? '' : ` (by ${oneLine(by)})`}`;
  }
  const share = percentAt(candidate, now);
  if (share === 100) return 'current, rolled out';
  const next = candidate.steps.find(({ afterMs }) => epochMsOf(candidate.startedAt) + afterMs > now);
  const wait = next === undefined ? 0 : epochMsOf(candidate.startedAt) + next.afterMs - now;
  return `candidate, ${share}%${next === undefined ? '' : `, ${next.percent}% in ${formatDuration(wait)}`}`;
}

function screen(rows: readonly Row[], context: OpsContext): string {
  const head = ['RELEASE', 'STATE', 'INSTANCES', 'MESSAGE'].map((title) => paint(context, 'dim', title));
  return alignColumns(
    [
      head,
      ...rows.map(({ release, origin, mark, adoption }) => [
        mark === '' ? release.id : paint(context, 'bold', release.id),
        paint(
          context,
          /^(halted|rolled back)/.test(mark) ? 'red' : mark.startsWith('candidate') ? 'yellow' : 'green',
          mark,
        ),
        adoption === undefined ? '' : describeAdoption(adoption),
        oneLine(messageOf(release, origin)),
      ]),
    ],
    context.columns,
  );
}

function messageOf({ message = '' }: Release, origin: ReleaseOrigin): string {
  const whence = describeOrigin(origin);
  return whence === '' ? message : `${message} (${whence})`.trimStart();
}

/** Below the table, for whoever goes and looks. */
function failing(rows: readonly Row[], context: OpsContext): string {
  return alignColumns(
    rows.flatMap(({ adoption }) =>
      (adoption?.failing ?? []).map(({ instanceId, code, role, at, release }) => [
        paint(context, 'red', 'failed'),
        oneLine(instanceId),
        oneLine(code ?? 'unknown'),
        oneLine(role ?? ''),
        at,
        release,
      ]),
    ),
    context.columns,
  );
}

function documentOf(
  site: ReleaseSite,
  pointer: Pointer,
  rows: readonly Row[],
  { clock }: OpsContext,
): object {
  const { stable, candidate } = pointer;
  const releases = rows.map(({ release, origin, adoption }) => ({
    release: release.id,
    createdAt: release.createdAt,
    message: release.message ?? null,
    by: origin.by ?? null,
    commit: origin.commit ?? null,
    signedBy: (release.signatures ?? []).map(({ key }) => key),
    current: release === stable,
    candidate: release === candidate?.release,
    instances: adoption && {
      ok: adoption.ok,
      failed: Object.fromEntries(adoption.failed),
      unread: adoption.unread,
      failing: adoption.failing.map(({ instanceId, code, role, at }) => ({ instanceId, code, role, at })),
    },
  }));
  const rollout = candidate && {
    release: candidate.release.id,
    startedAt: candidate.startedAt,
    steps: candidate.steps,
    percent: percentAt(candidate, clock.now()),
    halted: candidate.halted ?? null,
  };
  return { region: site.region, current: stable.id, rollout: rollout ?? null, releases };
}
