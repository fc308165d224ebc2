import { readFile } from 'node:fs/promises';
import { parseSwapNotice, stampOf, swapNoticeKey, type GetResult, type LayerContent } from '#config-service';
import { fail, ok, retry, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import type { MovingTo } from '../../claims/base/claims-host.ts';
import { createClaims, type Claims } from '../../claims/claims.ts';
import { createAccounts } from '../../apply/commands/account.ts';
import type { ApplyHost } from '../../apply/apply-work.ts';
import type { ApplyRecord, ApplyStore } from '../../apply/apply-store.ts';
import type { FetchArtefact } from '../../apply/deploy/artefact.ts';
import { COMMAND_PATH, passedOn } from '../../apply/commands/command-environment.ts';
import { createCommandRunner, type OnOutput } from '../../apply/commands/command-runner.ts';
import type { RunCommand } from '../../apply/commands/command.ts';
import { createDeploymentStep } from '../../apply/steps/deployment-step.ts';
import { createHostNames, type HostNames } from '../../apply/steps/host-names-step.ts';
import { createHooks, type Hooks } from '../../apply/steps/hooks-step.ts';
import { createInitStep } from '../../apply/init/init-step.ts';
import type { FetchObject } from '../../apply/init/task.ts';
import { createLauncher } from '../../apply/steps/launch.ts';
import { createRedaction, redactionOf } from '../../apply/redaction.ts';
import type { FleetStore } from '../../apply/steps/fleet-turns.ts';
import { createScriptsStep } from '../../apply/steps/scripts-step.ts';
import { createServicesStep } from '../../apply/steps/services-step.ts';
import { loadSchemaCheck } from '../../plan/schema-check.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Activity } from '../runtime/activity.ts';
import { createApplication, guardOf, type Application } from './application.ts';
import type { BootContext } from '../boot/boot-context.ts';
import { hostsFileOf } from '../boot/boot-fence.ts';
import type { GuardRules } from '../configuration/guard-rules.ts';
import type { Host } from '../runtime/host.ts';

export interface HostApplierParts {
  readonly settings: Settings;
  readonly host: Host;
  readonly activity: Pick<Activity, 'during'>;
  readonly bootContext: BootContext;
  readonly guard: GuardRules;
  readonly readPlan: (layers: readonly LayerContent[]) => Plan;
  /** See `ApplyWork`. */
  readonly secretTexts: () => readonly string[];
  /** Lines of commands, without secrets. */
  readonly onOutput: OnOutput;
  /** See `TerminationWiring`. */
  readonly hasLetGo: () => boolean;
  /** The fence, for what claims have just mounted: before anything reads it. */
  readonly fenceMounted: (certainly: boolean) => Promise<Retry | Fail | undefined>;
  /** `s3://bucket/prefix` of the source, under which relative artefacts lie. */
  readonly home: () => string;
}

export interface HostApplication extends Application {
  readonly applyHost: ApplyHost;
  readonly hooks: Hooks;
  readonly claims: Claims;
  readonly hostNames: HostNames;
}

/** Everything that applying takes, put together once a plan asks for something. */
export function createHostApplication(parts: HostApplierParts): HostApplication {
  const { settings, host, bootContext, guard, readPlan, onOutput } = parts;
  const { clock, random, logger, uid } = host;
  const { memory, identity, clients } = bootContext;
  let redact = createRedaction([]);
  // It remembers what it compiled.
  const accounts = createAccounts();
  const runnerFor = (hear: OnOutput): RunCommand =>
    createCommandRunner({
      clock,
      accounts,
      uid,
      kill: (pid, signal) => host.kill(pid, signal),
      runDir: settings.runDir,
      onOutput: hear,
    });
  const run = runnerFor((label, stream, line) => onOutput(label, stream, redact(line)));
  const applyHost: ApplyHost = {
    clock,
    logger,
    run: (command, signal) =>
      parts.activity.during(command.label, () => run(command, signal), command.timeoutMs),
    store: memory.apply,
    register: memory.register,
    runDir: settings.runDir,
    uid,
  };
  const environment = { ...passedOn(host.env), PATH: COMMAND_PATH };
  const launch = createLauncher({ accounts, passedOn: passedOn(host.env) });
  const hooks = createHooks(applyHost, launch);
  const hostNames = createHostNames({
    file: hostsFileOf(settings, bootContext.fenced.again),
    here: stampOf(identity),
    clock,
  });
  const { region, zone, instanceId } = identity;
  const claims = createClaims({
    aws: clients.aws,
    region,
    zone,
    instanceId,
    clock,
    random,
    logger,
    run: applyHost.run,
    store: recordOf(memory.apply, 'claims'),
    movingTo: movingToBy(fleetStore(parts), host),
  });
  const application = createApplication({
    host: applyHost,
    guard,
    activity: parts.activity,
    readPlan,
    schemas: loadSchemaCheck,
    secretTexts: parts.secretTexts,
    hooks,
    hostNames,
    claims: {
      ...claims.step,
      run: async (work) => {
        const claimed = parts.hasLetGo() ? ok([]) : await claims.step.run(work);
        const isMounted = claimed.kind === 'ok' && claimed.value.some(({ action }) => action === 'mount');
        // Also for what an earlier run has mounted that failed over something else.
        const hasVolumes = claimed.kind === 'ok' && work.plan.claims.volumes.length > 0;
        const held = hasVolumes ? await parts.fenceMounted(isMounted) : undefined;
        // Once somebody has helped it goes on with the same content: that is no verdict on a generation.
        return held ? retry(held.fault) : claimed;
      },
    },
    steps: [
      createInitStep({
        host: applyHost,
        runnerFor,
        environment,
        fetch: (url, options) => fetchObject(parts, url, options),
        vouchedOnly: settings.trustedKeys.length > 0,
        guard: (work) => guardOf(guard, work),
      }),
      createScriptsStep(applyHost, launch, {
        store: fleetStore(parts),
        clock,
        logger,
        during: (name, work, limitMs) => parts.activity.during(name, work, limitMs),
      }),
    ],
    deployment: createDeploymentStep(applyHost, hooks, {
      fetchArtefact: (artefact, ...more) => fetchArtefact(parts, artefact, ...more),
      runnerFor,
    }),
    services: (changed) => createServicesStep({ host: applyHost, environment, changed }),
  });
  return {
    ...application,
    apply: (order, signal) => {
      redact = redactionOf({ ...order, secretTexts: parts.secretTexts() });
      return application.apply(order, signal);
    },
    applyHost,
    hooks,
    claims,
    hostNames,
  };
}

/** One record of the store, for a room that knows no others. */
function recordOf(store: ApplyStore, record: ApplyRecord) {
  return {
    load: () => store.load(record),
    save: (bytes: Uint8Array) => store.save(record, bytes),
    remove: () => store.remove(record),
  };
}

const S3_URL = /^s3:\/\/([^/]+)\/(.+)$/;

async function fetchObject(
  { settings, bootContext, home }: HostApplierParts,
  url: string,
  options: Parameters<FetchObject>[1],
): Promise<Outcome<GetResult>> {
  const [, bucket, key] = S3_URL.exec(url) ?? [];
  if (bucket !== undefined && key !== undefined) {
    const got = await bootContext.clients
      .objectStore(bucket, options.owner ?? (settings.bucketOwner || undefined))
      .get(key, options);
    return got.kind !== 'ok' && got.fault.code === 'LF_SOURCE_DENIED'
      ? deniedElsewhere(got, home(), bucket, options.owner)
      : got;
  }
  const bytes = await readFile(new URL(url)).catch(() => undefined);
  return ok(bytes ? { kind: 'found', bytes, etag: '' } : { kind: 'absent' });
}

/** The setting is one for all buckets: set for a bucket of another account, it would shut the instance out of its own. */
function deniedElsewhere(
  denied: Retry | Fail,
  home: string,
  bucket: string,
  owner: string | undefined,
): Retry | Fail {
  if (home === `s3://${bucket}` || home.startsWith(`s3://${bucket}/`)) return denied;
  const hint =
    owner === undefined
      ? `Let the role read it. Of a bucket of another account name the owner in plan.yaml, \`buckets: { ${bucket}: { owner: "ACCOUNT" } }\`, or copy the object into one of your own in this region.`
      : `Let the role read it; plan.yaml says that the bucket belongs to ${owner}.`;
  return { ...denied, fault: { ...denied.fault, hint } };
}

function fetchArtefact(
  { settings, bootContext, home }: HostApplierParts,
  artefact: string,
  ...[write, signal, owners]: [Parameters<FetchArtefact>[1], AbortSignal, ReadonlyMap<string, string>]
): Promise<Outcome<void>> {
  const [, bucket, key] =
    S3_URL.exec(artefact.startsWith('s3://') ? artefact : `${home()}/${artefact}`) ?? [];
  if (bucket === undefined || key === undefined) return Promise.resolve(unreachable(artefact));
  return bootContext.clients.objectPieces(bucket, owners.get(bucket) ?? (settings.bucketOwner || undefined))(
    key,
    write,
    signal,
  );
}

function unreachable(artefact: string) {
  return fail({
    code: 'LF_DEPLOY',
    operation: 'fetch',
    subject: artefact,
    cause: 'the source is no bucket, so that a key alone names nothing',
    hint: 'Name the artefact as s3://BUCKET/KEY of this region.',
  });
}

/** Where instances of one source tell each other what was done for all: below the source, like their health. */
function fleetStore({ settings, bootContext, home }: HostApplierParts): FleetStore {
  const owner = settings.bucketOwner || undefined;
  const placeOf = (key: string) => {
    const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.+))?$/.exec(home()) ?? [];
    return bucket === undefined ? undefined : { bucket, key: prefix === '' ? key : `${prefix}/${key}` };
  };
  return {
    async read(name, signal) {
      const place = placeOf(name);
      if (place === undefined) return noBucket(name);
      const store = bootContext.clients.objectStore(place.bucket, owner);
      const got = await store.get(place.key, { maxBytes: 4096, signal });
      if (got.kind !== 'ok') return got;
      return ok(got.value.kind === 'found' ? got.value : undefined);
    },
    async write(name, bytes, over, signal) {
      const place = placeOf(name);
      if (place === undefined) return noBucket(name);
      return bootContext.clients.objectWriter(place.bucket, owner).replace(place.key, bytes, over, signal);
    },
  };
}

/** By what a swap wrote below the source. Without s3:ListBucket S3 denies what is merely absent. */
function movingToBy(store: Pick<FleetStore, 'read'>, { clock, logger }: Host): MovingTo {
  return async (id, signal) => {
    const got = await store.read(swapNoticeKey(id), signal);
    if (got.kind !== 'ok') {
      logger.debug('whether a swap is under way is not known', { subject: id, code: got.fault.code });
      return undefined;
    }
    const notice = got.value && parseSwapNotice(got.value.bytes);
    return notice && Date.parse(notice.until) > clock.now() ? notice.to : undefined;
  };
}

function noBucket(subject: string) {
  return fail({
    code: 'LF_APPLY_SCRIPT',
    operation: 'ask the fleet for',
    subject,
    cause: 'the source is no bucket in which instances could tell each other',
    hint: 'Use an s3:// source, or `when: once`.',
  });
}

export { sweepCommandFolders } from '../../apply/commands/command-folder.ts';
