import { errnoOf } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { ApplyHost, ApplyStep, ApplyWork, Change } from '../apply-work.ts';
import type { RunnerFor } from '../deploy/archive-inspection.ts';
import { withCommandFolder } from '../commands/command-folder.ts';
import type { ContentGuard } from '../render/content-guard.ts';
import { rm } from 'node:fs/promises';
import { isStaging, missingFolders, registerFirst, unregister } from '../targets/registration.ts';
import { factVariables } from '../commands/command-environment.ts';
import { redactionOf } from '../redaction.ts';
import { hasNews, runConfig } from './config-run.ts';
import { foreignFault } from './guarded.ts';
import { prepare, renderedFiles, type PreparedDocument } from './prepare.ts';
import { openProgress, type Progress } from './progress.ts';
import { initFault, progressKey, type ConfigRun, type FetchObject } from './task.ts';
import { vouchedFetch } from './vouched-fetch.ts';

export interface InitStepOptions {
  readonly host: ApplyHost;
  readonly runnerFor: RunnerFor;
  /** Of every query and command; `PATH` at least, without which nothing is found. */
  readonly environment: Readonly<Record<string, string>>;
  readonly fetch: FetchObject;
  /** Trusted keys are set: what the release does not vouch for is not fetched. */
  readonly vouchedOnly: boolean;
  /** With the allow entries of this work's plan. */
  readonly guard: (work: ApplyWork) => ContentGuard;
}

/**
 * The plan's AWS::CloudFormation::Init documents, weakest layer first. All are read, fetched and judged before the first
 * thing runs; then one config after the other. A run that was cut short is taken up by the next.
 */
export function createInitStep(options: InitStepOptions): ApplyStep {
  const apply = async (work: ApplyWork, preview: boolean): Promise<Outcome<readonly Change[]>> => {
    const cleared = preview ? ok(undefined) : await clearStaging(options.host);
    if (cleared.kind !== 'ok') return cleared;
    const progress = await openProgress(options.host.store, !preview);
    const fetch = vouchedFetch(ownedFetch(options.fetch, work.plan), work.objects, options.vouchedOnly);
    const prepared = await prepare(work, fetch);
    if (prepared.kind !== 'ok') return prepared;
    const guard = options.guard(work);
    const foreign = foreignFault(prepared.value, guard, work.next.facts.region);
    if (foreign && guard.mode === 'enforce') return fail(foreign);
    if (foreign)
      options.host.logger.warn('an init document names another region', { problems: foreign.problems });
    const registered = preview ? ok(undefined) : await register(options.host, prepared.value);
    if (registered.kind !== 'ok') return registered;
    return runDocuments(prepared.value, { ...options, fetch, work, progress, preview });
  };
  return {
    name: 'init',
    preview: (work) => apply(work, true),
    run: (work) => apply(work, false),
  };
}

/** Asks for objects of a bucket that the plan says the owner of with that owner. */
function ownedFetch(fetch: FetchObject, { bucketOwners }: ApplyWork['plan']): FetchObject {
  return (url, options) => {
    const owner = bucketOwners.get(/^s3:\/\/([^/]+)\//.exec(url)?.[1] ?? '');
    return fetch(url, { ...options, ...(owner === undefined ? {} : { owner }) });
  };
}

interface Run extends InitStepOptions {
  readonly work: ApplyWork;
  readonly progress: Progress;
  readonly preview: boolean;
}

async function runDocuments(
  documents: readonly PreparedDocument[],
  run: Run,
): Promise<Outcome<readonly Change[]>> {
  const { runDir } = run.host;
  const done = await withCommandFolder(runDir, undefined, [], (scratch) =>
    runConfigs(documents, run, scratch),
  ).catch((error: unknown) => {
    if (errnoOf(error) === '') throw error;
    return initFault(runDir, `no folder can be made in it (${errnoOf(error)})`, 'Look at its file system.');
  });
  if (done.kind !== 'ok') return done;
  const prefixes = documents.flatMap(({ entry, configs }) =>
    configs.map((config) => `init/${entry.name}/${config.name}/`),
  );
  const ends = new Set(documents.map(({ entry }) => endKey(entry.name)));
  const kept = await run.progress.keepOnly((key) =>
    key.startsWith('init/')
      ? prefixes.some((prefix) => key.startsWith(prefix))
      : !isEndKey(key) || ends.has(key),
  );
  return kept.kind === 'ok' ? done : kept;
}

async function runConfigs(
  documents: readonly PreparedDocument[],
  { host, runnerFor, environment, fetch, work, progress, preview }: Run,
  scratch: string,
): Promise<Outcome<readonly Change[]>> {
  const changes: Change[] = [];
  const redact = redactionOf(work);
  const { signal } = work;
  for (const { entry, configs, digest } of documents) {
    const { name: document, setuid = [] } = entry;
    const facts = factVariables(work.next.facts);
    const own = { environment: { ...environment, ...facts }, facts };
    const common = { host, runnerFor, progress, ...own, fetch, scratch, redact, preview, signal };
    const isFirst = work.before === undefined;
    const runs = configs.map((config) => ({ ...common, document, digest, setuid, config, isFirst }));
    const begun = await begin(endKey(document), digest, runs);
    if (begun.kind !== 'ok') return begun;
    for (const run of runs) {
      const done = await runConfig(run, begun.value);
      if (done.kind !== 'ok') return done;
      changes.push(...done.value);
    }
    const ended = await progress.finish(endKey(document), digest);
    if (ended.kind !== 'ok') return ended;
  }
  return ok(changes);
}

/**
 * A document that ended well is left alone while neither it nor what it renders from changed: its commands may have edited,
 * moved or removed what it wrote. Only commands with a `test` and services are looked at then, as whoever wrote them asked
 * for. Else all of it runs, and a run that was cut is taken up where it was.
 */
async function begin(
  key: string,
  digest: string,
  runs: readonly ConfigRun[],
): Promise<Outcome<'ended' | 'begun'>> {
  const [first] = runs;
  if (first?.progress.isDone(key, digest) === true) {
    let isNew = false;
    for (const run of runs) {
      const news = await hasNews(run);
      if (news.kind !== 'ok') return news;
      isNew ||= news.value;
    }
    if (!isNew) return ok('ended');
  }
  if (first === undefined || !first.progress.hasEnded(key)) return ok('begun');
  for (const run of runs) {
    const undone = await run.progress.undo(progressKey(run, 'files', ''));
    if (undone.kind !== 'ok') return undone;
  }
  const undone = await first.progress.undo(key);
  return undone.kind === 'ok' ? ok('begun') : undone;
}

const END = 'init-document/';

function endKey(document: string): string {
  return `${END}${document}`;
}

function isEndKey(key: string): boolean {
  return key.startsWith(END);
}

/** All that is known before the first of it runs. What archives hold is registered when they are unpacked. */
async function register(host: ApplyHost, documents: readonly PreparedDocument[]): Promise<Outcome<void>> {
  const files = renderedFiles(documents);
  const folders = await missingFolders(files.map(({ path }) => path));
  return registerFirst(host, [...folders, ...files]);
}

/** What a run that was cut has left half unpacked, also when no document asks for it any more. */
async function clearStaging(host: ApplyHost): Promise<Outcome<void>> {
  const staged = (await host.register.load()).map(({ path }) => path).filter(isStaging);
  for (const path of staged) await rm(path, { recursive: true, force: true }).catch(() => {});
  return unregister(host, staged);
}
