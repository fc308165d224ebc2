import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { errnoOrText } from '#kit/errno.ts';
import { faultOf } from '#kit/errors.ts';
import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';
import { askPatiently, type Answer } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import { probeFails } from '../across/probe.ts';
import { createRegionalEc2 } from '../across/regional-clients.ts';
import { SCANNED_TAG, scanCommand, uncertified } from '../across/scan-tag.ts';
import type { OpsContext } from '../console/context.ts';
import { usage, valueOf } from '../console/options.ts';
import { openSite } from '../site/open-site.ts';
import { readPointer } from '../site/release-site.ts';
import { createSignedCall, refusedBy } from '../site/signed-call.ts';
import { createClientPool } from '../sync/clients.ts';
import { readSyncConfig } from '../sync/config-file.ts';
import { errorsOf } from '../sync/report.ts';
import type { JobReport } from '../sync/region-report.ts';
import { runJobs } from '../sync/sync-run.ts';
import { createWaitBoard } from '../sync/wait-board.ts';
import type { Runbook } from './runbook.ts';
import { blocked, unread, unused, type StepReading } from './step.ts';

export interface PreparationParts {
  readonly book: Runbook;
  /** Paths in the runbook are beside it. */
  readonly file: string;
  readonly context: OpsContext;
  readonly patience: Patience;
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** Reads whether one release is current in both regions, and none is being rolled out. */
export async function readReleases({ book, context }: PreparationParts): Promise<StepReading> {
  const { release, from, to } = book;
  if (!release) return unused('release');
  const owner = release.owner === undefined ? {} : { owner: release.owner };
  try {
    const [here, there] = await Promise.all(
      [from, to].map(async (region) => {
        const site = valueOf(await openSite(region, { to: release.at, ...owner }, context));
        return valueOf(await readPointer(site))?.pointer;
      }),
    );
    const hint = `Publish one to both: landfall-ops publish --to '${release.at}' --regions ${from},${to}.`;
    if (!here || !there) return blocked('release', here ? to : from, 'nothing was published there', hint);
    if (here.candidate ?? there.candidate) {
      const rolling = here.candidate ? from : to;
      return blocked('release', rolling, 'a release is being rolled out', 'Let it end, or halt it.');
    }
    const { id } = there.stable;
    if (id !== here.stable.id)
      return blocked('release', to, `it has ${id}, and ${from} has ${here.stable.id}`, hint);
    return { step: 'release', state: 'ready', detail: `${id} in both` };
  } catch (error) {
    return unread('release', faultOf(error, 'read', release.at));
  }
}

/** Images and snapshots, by the jobs of sync. `isPlan`: look only; else they are copied and waited for. */
export async function readCopies(
  { book, file, context, patience, folder, say }: PreparationParts,
  isPlan: boolean,
): Promise<{ readonly reading: StepReading; readonly images: readonly string[] }> {
  if (book.sync === undefined) return { reading: unused('copies'), images: [] };
  const path = resolve(dirname(file), book.sync);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usage(
      path,
      `it cannot be read (${errnoOrText(error)})`,
      'Name the jobs of sync beside the runbook.',
    );
  });
  const { jobs } = readSyncConfig(text, path);
  const clients = createClientPool({ context, patience, isPlan });
  const board = createWaitBoard({ err: (line) => say(line.trimEnd()), errIsTerminal: false });
  const run = { context, clients, stateFolder: folder, isPlan, waits: true, board };
  const reports = await runJobs(jobs, run);
  const copies = reports.flatMap(({ regions }) => regions.filter(({ region }) => region === book.to));
  const images = copies.flatMap(({ resource }) => (resource?.startsWith('ami-') ? [resource] : []));
  return { reading: copiesOf(reports, book), images };
}

function copiesOf(reports: readonly JobReport[], { to, sync = '' }: Runbook): StepReading {
  const failed = reports.find((report) => errorsOf(report).length > 0);
  if (failed) {
    const [error] = errorsOf(failed);
    return blocked(
      'copies',
      failed.name,
      error?.message ?? 'it failed',
      `See landfall-ops sync ${sync} --plan.`,
    );
  }
  const none = reports.find(({ regions }) => !regions.some(({ region }) => region === to));
  if (none)
    return blocked('copies', none.name, `it copies nothing to ${to}`, `Add ${to} to its destinations.`);
  const there = reports.flatMap(({ name, regions }) =>
    regions.filter(({ region }) => region === to).map((report) => ({ name, ...report })),
  );
  const due = there.filter(({ isDue, state }) => isDue && state === 'due');
  if (due.length > 0)
    return { step: 'copies', state: 'due', detail: `to copy: ${due.map(({ name }) => name).join(', ')}` };
  const pending = there.filter(({ isPending }) => isPending);
  if (pending.length > 0)
    return {
      step: 'copies',
      state: 'due',
      detail: `not there yet: ${pending.map(({ name }) => name).join(', ')}`,
    };
  return { step: 'copies', state: 'ready', detail: `${there.length} of ${there.length} in ${to}` };
}

/** Each image carries the digest of a scan that found nothing (`scan-digest`). */
export async function readScans(
  { book, context, patience }: PreparationParts,
  images: readonly string[],
): Promise<StepReading> {
  if (!book.scanned) return unused('scans');
  // The copies are of the same tags, which shows once they are there.
  if (images.length === 0) return { step: 'scans', state: 'due', detail: 'once the images are copied' };
  const ec2 = createRegionalEc2(book.to, context);
  const asked = { service: 'EC2', action: 'DescribeImages', subject: images.join(', ') };
  const answer = await askPatiently(asked, patience, (abortSignal) =>
    ec2.send(new DescribeImagesCommand({ ImageIds: [...images] }), { abortSignal }),
  );
  ec2.destroy();
  if (answer.kind === 'refused') return unread('scans', answer.fault);
  for (const { ImageId = '', Tags = [] } of answer.value.Images ?? []) {
    const tags = new Map(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
    // A copy has the tags of its source, the snapshot that was scanned included: sync compares that one.
    const why = uncertified(tags, tags.get(SCANNED_TAG) ?? '');
    const hint = `Scan what it is a copy of, ${scanCommand(book.from, 'ami-..')}, and sync again.`;
    if (why !== undefined) return blocked('scans', ImageId, why, hint);
  }
  return { step: 'scans', state: 'ready', detail: `${images.length} scanned` };
}

export async function readParameters({ book, context, patience }: PreparationParts): Promise<StepReading> {
  const { parameters, to } = book;
  if (parameters.length === 0) return unused('parameters');
  const missing: string[] = [];
  for (let at = 0; at < parameters.length; at += MOST_PARAMETERS) {
    const Names = parameters.slice(at, at + MOST_PARAMETERS);
    const answer = await askJson(
      'ssm',
      'GetParameters',
      { Names, WithDecryption: false },
      to,
      context,
      patience,
    );
    if (answer.kind === 'refused') return unread('parameters', answer.fault);
    const { InvalidParameters = [] } = answer.value as { readonly InvalidParameters?: readonly string[] };
    missing.push(...InvalidParameters);
  }
  if (missing.length === 0)
    return {
      step: 'parameters',
      state: 'ready',
      detail: `${parameters.length} of ${parameters.length} in ${to}`,
    };
  const hint = 'Put them there: parameters and secrets belong to one region.';
  return blocked('parameters', missing.join(', '), `not in ${to}`, hint);
}

/** Most parameters of one call (SSM API Reference, GetParameters). */
const MOST_PARAMETERS = 10;

export async function readKeys({ book, context, patience }: PreparationParts): Promise<StepReading> {
  const { keys, to } = book;
  if (keys.length === 0) return unused('keys');
  for (const KeyId of keys) {
    const answer = await askJson('kms', 'DescribeKey', { KeyId }, to, context, patience);
    const hint = `Make it in ${to}, or replicate it there; a key belongs to one region.`;
    if (answer.kind === 'refused') {
      if (answer.class === 'missing') return blocked('keys', KeyId, `not in ${to}`, hint);
      return unread('keys', answer.fault);
    }
    const { KeyMetadata = {} } = answer.value as { readonly KeyMetadata?: { readonly KeyState?: string } };
    const { KeyState = 'unknown' } = KeyMetadata;
    if (KeyState !== 'Enabled') return blocked('keys', KeyId, `its state is ${KeyState}`, 'Enable it.');
  }
  return { step: 'keys', state: 'ready', detail: `${keys.length} of ${keys.length} in ${to}` };
}

const SMOKE_TRIES = 3;

export async function readSmoke({ book, patience }: PreparationParts): Promise<StepReading> {
  const { smoke } = book;
  if (smoke.length === 0) return unused('smoke');
  const said = await Promise.all(
    smoke.map(async (probe) => ({ probe, why: await probeFails(probe, SMOKE_TRIES, patience) })),
  );
  const unwell = said.find(({ why }) => why !== undefined);
  if (!unwell) return { step: 'smoke', state: 'ready', detail: `${smoke.length} of ${smoke.length} well` };
  return blocked(
    'smoke',
    unwell.probe.text,
    unwell.why ?? '',
    `See why the service is not well in ${book.to}.`,
  );
}

const TARGETS = {
  ssm: ['AmazonSSM', 'SSM'],
  kms: ['TrentService', 'KMS'],
} as const;

async function askJson(
  service: keyof typeof TARGETS,
  action: string,
  input: Readonly<Record<string, unknown>>,
  region: string,
  context: OpsContext,
  patience: Patience,
): Promise<Answer<Readonly<Record<string, unknown>>>> {
  const call = createSignedCall(service, region, context);
  const [target, name] = TARGETS[service];
  const subject = Object.values(input)
    .flat()
    .filter((value) => typeof value === 'string')
    .join(', ');
  return await askPatiently({ service: name, action, subject }, patience, async (signal) => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${action}` };
    const { status, text } = await call(headers, JSON.stringify(input), signal);
    const said = jsonOf(text);
    const answer = isRecord(said) ? said : {};
    if (status === 200) return answer;
    const wordOf = (key: string): string => (typeof answer[key] === 'string' ? answer[key] : '');
    throw refusedBy(wordOf('__type').replace(/^.*#/, ''), wordOf('message') || wordOf('Message'), status);
  });
}
