import { DescribeRegionsCommand, type EC2Client, type LaunchPermission } from '@aws-sdk/client-ec2';
import { regionFacts } from '#config-service';
import { LandfallError } from '#kit/errors.ts';
import { scanCommand, uncertified } from '../across/scan-tag.ts';
import type { OpsContext } from '../console/context.ts';
import { CallRefused, codeOf, type Caller } from './calls.ts';
import type { Clients } from './clients.ts';
import { openCopyJournal, peekCopyJournal, type CopyJournal } from './copy-journal.ts';
import { newestAvailable } from './database-decision.ts';
import { syncDatabase } from './database-region.ts';
import type { FoundImage } from './ec2-images.ts';
import { syncImage } from './image-region.ts';
import type { DatabaseJob, GivenCredentials, ImageJob, Job, VolumeJob } from './job.ts';
import * as say from './messages.ts';
import type { DatabaseSnapshot, DatabaseSnapshots } from './rds-snapshots.ts';
import { createRegionProgress } from './region-progress.ts';
import type { RegionReport } from './region-report.ts';
import type { RegionRun } from './region-run.ts';
import { saidFault } from './sync-fault.ts';
import { syncVolumes } from './volume-region.ts';
import { newestOfVolumes, retireMade } from './volume-source.ts';
import type { WaitBoard } from './wait-board.ts';

/** What all jobs of a run share. */
export interface Run {
  readonly context: OpsContext;
  readonly clients: (credentials: GivenCredentials) => Clients;
  readonly stateFolder: string;
  readonly isPlan: boolean;
  readonly waits: boolean;
  /** For people: what happens, as it happens. */
  readonly board: WaitBoard;
}

/** One job, everywhere. A failing destination stops no other. @throws LandfallError when the source cannot be told. */
export async function runJob(job: Job, run: Run): Promise<readonly RegionReport[]> {
  const clients = run.clients(job.credentials);
  const unusable = await unusableRegions(job, clients);
  const [first = ''] = job.destinations;
  if (unusable.has(job.source)) throw invalid(job, job.source);
  // One that can be reached is enough to go on; the others fail by themselves.
  if (job.destinations.every((region) => unusable.has(region))) throw invalid(job, first);
  if (job.type === 'ec2_ami') return runImageJob(job, run, clients, unusable);
  if (job.type === 'rds_automated_snapshot') return runDatabaseJob(job, run, clients, unusable);
  return runVolumeJob(job, run, clients, unusable);
}

async function runImageJob(
  job: ImageJob,
  run: Run,
  clients: Clients,
  unusable: ReadonlySet<string>,
): Promise<readonly RegionReport[]> {
  const from = clients.images(job.source);
  const source = theOne(job, await from.find(job.owner, job.filters));
  if (job.needsScan) refuseUnscanned(job, source);
  let shared: Promise<readonly LaunchPermission[]> | undefined;
  const permissions = () => (shared ??= from.permissions(source.id));
  return everywhere(job, run, unusable, async (region, how) => {
    const to = clients.images(region);
    const snapshots = clients.snapshots(region);
    const survey = clients.survey(region);
    const users = clients.imageUsers(region);
    await syncImage({ ...how, job, source, permissions, from, to, snapshots, survey, users });
  });
}

function theOne({ name }: ImageJob, images: readonly FoundImage[]): FoundImage {
  const [image] = images;
  if (!image) throw saidFault('LF_SYNC_SOURCE', say.noImages(name));
  if (images.length > 1) {
    const ids = images.map(({ id }) => id).toSorted();
    throw saidFault('LF_SYNC_SOURCE', say.manyImages(name, ids));
  }
  return image;
}

/** What is copied is what was scanned, or it is not copied. */
function refuseUnscanned({ source: region }: ImageJob, { id, tags, rootSnapshot }: FoundImage): void {
  const cause = uncertified(tags, rootSnapshot);
  if (cause === undefined) return;
  const subject = `${id} in ${region}`;
  const hint = `Scan it: ${scanCommand(region, id)}`;
  throw new LandfallError({ code: 'LF_SYNC_SCAN', operation: 'copy', subject, cause, hint });
}

async function runDatabaseJob(
  job: DatabaseJob,
  run: Run,
  clients: Clients,
  unusable: ReadonlySet<string>,
): Promise<readonly RegionReport[]> {
  const snapshots = job.isCluster ? clients.clusters : clients.databases;
  const from = snapshots(job.source);
  const newest = await newestAutomated(job, from);
  return everywhere(job, run, unusable, async (region, how) => {
    const to = snapshots(region);
    await syncDatabase({ ...how, job, newest, from, to });
  });
}

async function newestAutomated(job: DatabaseJob, from: DatabaseSnapshots): Promise<DatabaseSnapshot> {
  const { instance, source } = job;
  const automated = await from.list(instance, 'automated');
  const newest = newestAvailable(automated ?? []);
  if (newest) return checkAccount(job, newest);
  // RDS lists the snapshots of an instance that is not there as an empty list.
  const isThere = automated !== undefined && (automated.length > 0 || (await from.isThere(instance)));
  const message = isThere
    ? say.noAutomatedSnapshots(instance, source)
    : say.unknownDatabase(instance, source);
  throw saidFault('LF_SYNC_SOURCE', message);
}

/** The copy is asked for by ARN, which names the account; one that the configuration gives must be that. */
function checkAccount(job: DatabaseJob, snapshot: DatabaseSnapshot): DatabaseSnapshot {
  const wanted = job.credentials.aws_account_id;
  const account = snapshot.arn.split(':')[4] ?? '';
  if (wanted === undefined || wanted === account) return snapshot;
  throw saidFault('LF_SYNC_CONFIG', say.otherAccount(job.name, wanted, account));
}

async function runVolumeJob(
  job: VolumeJob,
  run: Run,
  clients: Clients,
  unusable: ReadonlySet<string>,
): Promise<readonly RegionReport[]> {
  const { isPlan, waits, stateFolder } = run;
  const from = clients.snapshots(job.source);
  const tell = (text: string): void => run.board.tell(`${job.name}: ${job.source}: ${text}`);
  const onlyReads = isPlan || job.everyMs === undefined;
  const journal = await (onlyReads ? peekCopyJournal : openCopyJournal)(stateFolder, job, job.source);
  try {
    const source = { job, from, clock: run.context.clock, isPlan, waits, journal, tell, board: run.board };
    const { newest, isMaking } = await newestOfVolumes(source);
    const reports = await everywhere(job, run, unusable, async (region, how) => {
      const to = clients.snapshots(region);
      await syncVolumes({ ...how, job, newest, isMaking, from, to, survey: clients.survey(region) });
    });
    // What is not copied yet everywhere is still needed here.
    if (isMaking || reports.some(({ state, isPending }) => state === 'failed' || isPending)) return reports;
    for (const id of await retireMade(source, newest)) tell(`${isPlan ? 'to remove' : 'removed'}: ${id}`);
    return reports;
  } finally {
    await journal.close();
  }
}

/** All destinations beside each other; what fails in one is that one's. */
function everywhere(
  job: Job,
  run: Run,
  unusable: ReadonlySet<string>,
  sync: (region: string, how: RegionRun) => Promise<void>,
): Promise<readonly RegionReport[]> {
  const { isPlan, waits, stateFolder, board } = run;
  const { clock } = run.context;
  const one = async (region: string): Promise<RegionReport> => {
    const name = `${job.name}: ${region}`;
    const progress = createRegionProgress(region, {
      tell: (text) => board.tell(`${job.name}: ${text}`),
      waiting: (id, percent) => board.waiting(name, id, percent),
      settled: () => board.settled(name),
    });
    let journal: CopyJournal | undefined;
    try {
      if (unusable.has(region)) throw invalid(job, region);
      journal = await (isPlan ? peekCopyJournal : openCopyJournal)(stateFolder, job, region);
      const { parameters, templates } = run.clients(job.credentials);
      const named = { parameters: parameters(region), templates: templates(region) };
      await sync(region, { clock, isPlan, waits, journal, progress, ...named });
    } catch (error) {
      progress.failed(isClosedRegion(error, region) ? invalid(job, region) : error, `sync ${job.name}`);
    } finally {
      await journal?.close();
    }
    return progress.report();
  };
  return Promise.all(job.destinations.map(one));
}

async function unusableRegions(job: Job, clients: Clients): Promise<ReadonlySet<string>> {
  const named = [job.source, ...job.destinations];
  const known = named.find((region) => regionFacts(region)?.known);
  const askable =
    known === undefined
      ? undefined
      : { caller: clients.caller('EC2', known), client: () => clients.ec2(known) };
  const unusable = new Set<string>();
  for (const region of named) if (!(await isUsableRegion(region, askable))) unusable.add(region);
  return unusable;
}

function invalid({ name, type }: Job, region: string) {
  const message =
    type === 'rds_automated_snapshot' ? say.invalidRegion(region) : say.invalidRegionCode(name, region);
  return saidFault('LF_SYNC_REGION', message);
}

/** A region that can be asked whether another one exists. */
interface AskableRegion {
  readonly caller: Caller;
  readonly client: () => EC2Client;
}

/**
 * Whether a region exists and is open to the account. The table of regions answers for those it knows; for a name it does not
 * know, another region of the same job is asked, for nobody else may be. False when neither is known.
 */
async function isUsableRegion(region: string, other: AskableRegion | undefined): Promise<boolean> {
  const facts = regionFacts(region);
  if (!facts) return false;
  if (facts.known) return true;
  if (!other) return false;
  const { caller, client } = other;
  try {
    const { Regions = [] } = await caller.ask('DescribeRegions', region, (abortSignal) =>
      client().send(new DescribeRegionsCommand({ RegionNames: [region], AllRegions: true }), { abortSignal }),
    );
    return Regions.some(
      ({ RegionName, OptInStatus }) => RegionName === region && OptInStatus !== 'not-opted-in',
    );
  } catch (error) {
    if (codeOf(error) === 'InvalidParameterValue') return false;
    throw error;
  }
}

/** Whether a look into this region was answered as in one that the account did not opt into. The source has just answered. */
function isClosedRegion(error: unknown, region: string): boolean {
  if (!(error instanceof CallRefused) || error.region !== region) return false;
  return error.fault.operation.startsWith('Describe') && CLOSED.includes(error.refused.code);
}

const CLOSED = ['AuthFailure', 'OptInRequired', 'InvalidClientTokenId', 'UnrecognizedClientException'];
