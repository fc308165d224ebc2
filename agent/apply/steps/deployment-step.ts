import { rm } from 'node:fs/promises';
import { sha256Hex } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { RenderedFile } from '../apply-store.ts';
import type { ApplyHost, ApplyStep, ApplyWork, Change } from '../apply-work.ts';
import {
  currentLink,
  currentTarget,
  currentVersion,
  isCurrentTaken,
  isThere,
  pointCurrent,
  removeCurrent,
  versionFolder,
} from '../deploy/current-link.ts';
import { decideDeployment, type DeployDecision } from '../deploy/deploy-decision.ts';
import { readDeploySpec, type DeploySpec } from '../deploy/deploy-spec.ts';
import { loadDeployed, saveDeployed, type Deployed } from '../deploy/deployed-record.ts';
import { installVersion, stagedIn, type VersionInstaller } from '../deploy/version-installer.ts';
import { missingFolders, registerFirst, treeAt, unregister } from '../targets/registration.ts';
import type { Hooks } from './hooks-step.ts';

/**
 * Deploys what `landfall.deploy.*` names: the version beside the others, then `current`, then the deploy hooks. Before
 * `current` moves the record says so, and it is settled when the hooks are done: a run that was cut is done again from
 * there. When the hooks fail, `current` goes back, and the hooks run for the version of before.
 */
export function createDeploymentStep(
  host: ApplyHost,
  hooks: Hooks,
  bringer: VersionInstaller,
): DeploymentStep {
  const brought: Brought = { key: undefined };
  return {
    name: 'deploy',
    bring: async (work) => {
      const decided = await decide(host, work);
      if (decided.kind !== 'ok') return decided;
      if (decided.value.kind !== 'deploy') return ok([]);
      const { wish, leave: old } = decided.value;
      try {
        const deployment = { host, hooks, bringer, work, brought };
        const done = await bring(deployment, wish);
        if (done.kind !== 'ok') return done;
        return nothingOr(old ? ok(undefined) : await keepBrought(host, wish));
      } catch (error) {
        return retry(diskFault(error));
      }
    },
    preview: async (work) => {
      const decided = await decide(host, work);
      return decided.kind === 'ok' ? ok(changesOf(decided.value)) : decided;
    },
    run: async (work) => {
      const decided = await decide(host, work);
      if (decided.kind !== 'ok') return decided;
      try {
        const done = await carryOut({ host, hooks, bringer, work, brought }, decided.value);
        return done.kind === 'ok' ? ok(changesOf(decided.value)) : done;
      } catch (error) {
        return retry(diskFault(error));
      }
    },
  };
}

export interface DeploymentStep extends ApplyStep {
  /**
   * Fetches, verifies and unpacks what `run` would deploy, beside what is current: what a bucket or a network refuses for
   * a while is refused before anything of the generation is in effect. Changes nothing that anybody follows.
   */
  bring(work: ApplyWork): Promise<Outcome<readonly Change[]>>;
}

/** What this process unpacked last: the record of another directory knows nothing of it. */
interface Brought {
  key: string | undefined;
}

interface Deployment {
  readonly brought: Brought;
  readonly host: ApplyHost;
  readonly hooks: Hooks;
  readonly bringer: VersionInstaller;
  readonly work: ApplyWork;
}

async function decide(host: ApplyHost, { next }: ApplyWork): Promise<Outcome<DeployDecision>> {
  const wish = readDeploySpec(next.effective);
  if (wish.kind !== 'ok') return wish;
  const deployed = await loadDeployed(host.store);
  const link = deployed && (await currentVersion(deployed.directory));
  return decideDeployment(wish.value, deployed, link);
}

async function carryOut(deployment: Deployment, decision: DeployDecision): Promise<Outcome<void>> {
  if (decision.kind === 'nothing') return ok(undefined);
  if (decision.kind === 'undeploy') return await undeploy(deployment, decision.deployed);
  if (decision.leave) {
    const left = await leave(deployment, decision.leave);
    if (left.kind !== 'ok') return left;
  }
  return await deploy(deployment, decision.wish);
}

async function deploy(deployment: Deployment, wish: DeploySpec): Promise<Outcome<void>> {
  const { host, work } = deployment;
  const { directory, version, sha256, keep } = wish;
  const before: Deployed = (await loadDeployed(host.store)) ?? {
    directory,
    current: null,
    kept: [],
    unsettled: false,
  };
  const brought = await bring(deployment, wish);
  if (brought.kind !== 'ok') return brought;
  const others = before.kept.filter((kept) => kept.version !== version);
  const kept = [{ version, sha256 }, ...others];
  const begun = await saveDeployed(host.store, { ...before, kept, unsettled: true });
  if (begun.kind !== 'ok') return begun;
  await pointCurrent(directory, version);
  const ran = await runDeployHooks(deployment, directory, version, before.current);
  if (ran.kind === 'retry') {
    // An agent that stops goes on from here; what passes is begun again, and nobody follows it until then.
    if (!work.signal.aborted) await pointBack(directory, before);
    return ran;
  }
  if (ran.kind === 'fail') return await goBack(deployment, wish, before, ran.fault);
  return await settle(host, { directory, current: version, kept, unsettled: false }, keep);
}

/** Whole on the disk afterwards, whether or not it was before. */
async function bring({ host, bringer, work, brought }: Deployment, wish: DeploySpec): Promise<Outcome<void>> {
  const { directory, version, sha256 } = wish;
  if (await isCurrentTaken(directory)) return fail(taken(directory));
  const registered = await registerFirst(host, await entriesOf(directory, version));
  if (registered.kind !== 'ok') return registered;
  const key = JSON.stringify([directory, version, sha256]);
  const record = await loadDeployed(host.store);
  const isKept =
    brought.key === key ||
    (record?.directory === directory &&
      record.kept.some((kept) => kept.version === version && kept.sha256 === sha256));
  if (isKept && (await isThere(versionFolder(directory, version)))) return ok(undefined);
  brought.key = undefined;
  const done = await installVersion(
    wish,
    { ...bringer, logger: host.logger, owners: work.plan.bucketOwners },
    work.signal,
  );
  if (done.kind === 'ok') brought.key = key;
  return done;
}

/** As the first to go: should it never be deployed, the next version takes its place. */
async function keepBrought(
  host: ApplyHost,
  { directory, version, sha256 }: DeploySpec,
): Promise<Outcome<void>> {
  const record = (await loadDeployed(host.store)) ?? { directory, current: null, kept: [], unsettled: false };
  if (record.kept.some((kept) => kept.version === version && kept.sha256 === sha256)) return ok(undefined);
  const others = record.kept.filter((kept) => kept.version !== version);
  return saveDeployed(host.store, { ...record, kept: [...others, { version, sha256, undeployed: true }] });
}

async function pointBack(directory: string, { current }: Deployed): Promise<void> {
  if (current === null) await removeCurrent(directory);
  else await pointCurrent(directory, current);
}

function nothingOr(outcome: Outcome<void>): Outcome<readonly Change[]> {
  return outcome.kind === 'ok' ? ok([]) : outcome;
}

/** To the version of before, the hooks included. Without one `current` goes; it was this very one: all stays, unsettled. */
async function goBack(
  deployment: Deployment,
  { directory, version, sha256, keep }: DeploySpec,
  before: Deployed,
  fault: Fault,
): Promise<Outcome<never>> {
  const { current } = before;
  if (current === version) return fail(failed(version, fault.cause));
  let cause = fault.cause;
  if (current === null) await removeCurrent(directory);
  else {
    await pointCurrent(directory, current);
    const ran = await runDeployHooks(deployment, directory, current, version);
    if (ran.kind === 'retry') return ran;
    cause += ran.kind === 'ok' ? `; ${current} is back` : `; ${current} is back, and its hooks failed, too`;
  }
  // Last, for it is the first to go: what is current has to be among those kept. Without one it goes at once.
  const others = before.kept.filter((kept) => kept.version !== version);
  const settled = { ...before, kept: [...others, { version, sha256 }], unsettled: false };
  const saved = await settle(deployment.host, settled, current === null ? others.length : keep);
  return saved.kind === 'ok' ? fail(failed(version, cause)) : saved;
}

/** All that deploying a version puts on the host. */
async function entriesOf(directory: string, version: string): Promise<readonly RenderedFile[]> {
  const folder = versionFolder(directory, version);
  const { archive, scratch } = stagedIn(directory);
  return [
    ...(await missingFolders([folder])),
    { path: archive, sha256: '' },
    treeAt(scratch),
    treeAt(folder),
    { path: currentLink(directory), sha256: sha256Hex(currentTarget(version)), kind: 'link' },
  ];
}

async function undeploy(deployment: Deployment, deployed: Deployed): Promise<Outcome<void>> {
  const { host, hooks, work } = deployment;
  const { directory } = deployed;
  const version = (await currentVersion(directory)) ?? deployed.current ?? '';
  const begun = await saveDeployed(host.store, { ...deployed, unsettled: true });
  if (begun.kind !== 'ok') return begun;
  const environment = environmentOf(directory, version, null);
  const ran = await hooks.run('undeploy', work, { environment });
  if (ran.kind !== 'ok') return ran.kind === 'retry' ? ran : fail(failed(version, ran.fault.cause));
  await removeCurrent(directory);
  return await saveDeployed(host.store, { ...deployed, current: null, unsettled: false });
}

/** Another directory: nothing of ours stays in the old one. */
async function leave(deployment: Deployment, deployed: Deployed): Promise<Outcome<void>> {
  const { store } = deployment.host;
  if (deployed.current !== null || deployed.unsettled) {
    const undeployed = await undeploy(deployment, deployed);
    if (undeployed.kind !== 'ok') return undeployed;
  }
  await removeVersions(deployment.host, deployed.directory, deployed.kept);
  return await store.remove('deployed');
}

async function settle(host: ApplyHost, deployed: Deployed, keep: number): Promise<Outcome<void>> {
  const kept = deployed.kept.slice(0, keep);
  const saved = await saveDeployed(host.store, { ...deployed, kept });
  if (saved.kind === 'ok') await removeVersions(host, deployed.directory, deployed.kept.slice(keep));
  return saved;
}

async function removeVersions(host: ApplyHost, directory: string, versions: Deployed['kept']): Promise<void> {
  const folders = versions.map(({ version }) => versionFolder(directory, version));
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  const told = await unregister(host, folders);
  if (told.kind !== 'ok') host.logger.warn('the register names a version that is gone', { directory });
}

async function runDeployHooks(
  { hooks, work }: Deployment,
  directory: string,
  version: string,
  previous: string | null,
): Promise<Outcome<unknown>> {
  return await hooks.run('deploy', work, { environment: environmentOf(directory, version, previous) });
}

function environmentOf(
  directory: string,
  version: string,
  previous: string | null,
): Readonly<Record<string, string>> {
  return {
    LANDFALL_DEPLOY_DIRECTORY: directory,
    LANDFALL_DEPLOY_VERSION: version,
    LANDFALL_DEPLOY_PREVIOUS: previous ?? '',
  };
}

/** The values of `landfall.deploy.*` are ours, and shown: a change without its version would say nothing. */
function changesOf(decision: DeployDecision): readonly Change[] {
  if (decision.kind === 'nothing') return [];
  if (decision.kind === 'undeploy') {
    const { directory, current } = decision.deployed;
    return [
      { entry: 'deploy', subject: `${directory}/current`, action: 'undeploy', reason: `was ${current}` },
    ];
  }
  const { directory, version } = decision.wish;
  return [{ entry: 'deploy', subject: `${directory}/current`, action: 'deploy', reason: `to be ${version}` }];
}

function failed(version: string, cause: string): Fault {
  const hint = 'Correct the hooks or the artefact and publish a new version.';
  return { code: 'LF_DEPLOY', operation: 'deploy', subject: version, cause, hint };
}

function taken(directory: string): Fault {
  const hint = 'Move it away: Landfall keeps a link there.';
  return {
    code: 'LF_DEPLOY',
    operation: 'deploy',
    subject: `${directory}/current`,
    cause: 'it is no link',
    hint,
  };
}

function diskFault(error: unknown): Fault {
  return {
    code: 'LF_DEPLOY',
    operation: 'write',
    subject: 'the deploy directory',
    cause: error instanceof Error ? error.message : String(error),
    hint: 'Check the directory and its file system.',
  };
}
