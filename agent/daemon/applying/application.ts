import { judge, stricterOf, type LayerContent } from '#config-service';
import type { Fault, FaultCode } from '#kit/errors.ts';
import { fail, ok, retry, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import type { ApplyHost, ApplyStep, ApplyWork, Change } from '../../apply/apply-work.ts';
import type { ContentGuard } from '../../apply/render/content-guard.ts';
import type { DeploymentStep } from '../../apply/steps/deployment-step.ts';
import type { HostNames } from '../../apply/steps/host-names-step.ts';
import type { Hooks } from '../../apply/steps/hooks-step.ts';
import { settleOrigin, undoOrigin } from '../../apply/targets/origin.ts';
import { oweServices } from '../../apply/steps/services-step.ts';
import { ownedBy, registerFirst } from '../../apply/targets/registration.ts';
import { recoverTargets } from '../../apply/targets/recovery.ts';
import { redactionOf } from '../../apply/redaction.ts';
import {
  judgeTargets,
  previewTargets,
  stageJudged,
  stageTargets,
  type JudgedTargets,
} from '../../apply/targets/targets.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Activity } from '../runtime/activity.ts';
import type { ApplyOrder } from '../configuration/applier.ts';
import type { GuardRules } from '../configuration/guard-rules.ts';
import { schemaFault, type LoadSchemas } from '../configuration/schema-fault.ts';

export interface ApplicationParts {
  readonly host: ApplyHost;
  readonly guard: GuardRules;
  readonly readPlan: (layers: readonly LayerContent[]) => Plan;
  readonly schemas: LoadSchemas;
  /** See `ApplyWork`. */
  readonly secretTexts: () => readonly string[];
  readonly hooks: Hooks;
  readonly activity: Pick<Activity, 'during'>;
  /** Addresses and volumes; first, for what follows may lie on them. */
  readonly claims: ApplyStep;
  /** What is run before files change, in this order: it may install what checks and reloads need. */
  readonly steps: readonly ApplyStep[];
  /** Before files: what they and reloads name has to resolve. Goes back with them. */
  readonly hostNames: Pick<HostNames, 'preview' | 'run' | 'back'>;
  /** Once the files are in place, and the services that were waiting for them run. */
  readonly deployment: DeploymentStep;
  /** @param changed what was changed so far, by entry and by path. */
  readonly services: (changed: () => ReadonlySet<string>) => ApplyStep;
}

/** One generation into this host, in the order that docs/plan.md promises. */
export interface Application {
  apply(order: ApplyOrder, signal: AbortSignal): Promise<Outcome<readonly Change[]>>;
  /** When the instance goes: of the generation in effect, if there is one. */
  runShutdownHooks(deadlineMs: number, signal: AbortSignal): Promise<Outcome<readonly Change[]>>;
  /** Runs the notice hooks of the generation in effect; undefined while there is none. */
  runNoticeHooks(
    environment: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Outcome<readonly Change[]> | undefined>;
  /** What `apply` would change; touches nothing. */
  preview(order: Omit<ApplyOrder, 'flip' | 'flipBack'>, signal: AbortSignal): Promise<Outcome<Previewed>>;
}

export interface Previewed {
  readonly changes: readonly Change[];
  /** Of steps that cannot say what they would do, in their order; those after them said it all the same. */
  readonly failures: readonly Fault[];
}

export function createApplication(parts: ApplicationParts): Application {
  const { host, hooks, hostNames, claims, steps, deployment, activity } = parts;
  /** What is in effect on this host, to go back to. */
  let inEffect: Omit<ApplyWork, 'signal'> | undefined;

  return {
    async apply(order, signal) {
      const work = workOf(parts, order, signal);
      const unfit = await schemaFault(parts, work);
      if (unfit) return fail(unfit);
      const recovered = await recoverTargets(host, signal);
      if (recovered.kind !== 'ok') return recovered;
      const judged = await parts.guard.addresses.settle(
        () => judgeTargets(work, guardOf(parts.guard, work)),
        signal,
      );
      if (judged.kind !== 'ok') return judged;
      const changes: Change[] = [];
      const failed = (await prepare(work, changes)) ?? (await finish(work, judged.value, order, changes));
      if (failed) return failed;
      const { signal: _, ...settled } = work;
      inEffect = settled;
      return ok(changes);
    },

    async runShutdownHooks(deadlineMs, signal) {
      return inEffect ? hooks.run('shutdown', { ...inEffect, signal }, { deadlineMs }) : ok([]);
    },

    async runNoticeHooks(environment, signal) {
      return inEffect && hooks.run('notice', { ...inEffect, signal }, { environment });
    },

    async preview(order, signal) {
      const work = workOf(parts, { ...order, flip: () => {}, flipBack: () => {} }, signal);
      const unfit = await schemaFault(parts, work);
      if (unfit) return fail(unfit);
      const changes: Change[] = [];
      const services = parts.services(() => namesOf(changes));
      const previews = [
        () => claims.preview(work),
        () => hooks.preview('setup', work),
        ...steps.map((step) => () => step.preview(work)),
        () => hostNames.preview(work),
        () => previewOfTargets(work, changes.length > 0),
        () => hooks.preview('once', work),
        () => services.preview(work),
        () => deployment.preview(work),
        () => hooks.preview('configure', work),
      ];
      const failures: Fault[] = [];
      for (const preview of previews) {
        const outcome = await preview();
        if (outcome.kind === 'ok') changes.push(...outcome.value);
        else failures.push(outcome.fault);
      }
      return ok({ changes, failures });
    },
  };

  /** An owner that a script is still to make is no reason to say nothing of the rest. */
  async function previewOfTargets(work: ApplyWork, isWaiting: boolean): Promise<Outcome<readonly Change[]>> {
    const preview = await previewTargets(work, host, guardOf(parts.guard, work));
    if (preview.kind === 'ok' || preview.fault.code !== 'LF_APPLY_TARGET' || !isWaiting) return preview;
    const { subject, cause } = preview.fault;
    return ok([{ entry: 'targets', subject, action: 'write', reason: `cannot be compared yet: ${cause}` }]);
  }

  /** Up to where files change. What ran before a failure stays done: it is not run again, and nothing undoes a script. */
  async function prepare(work: ApplyWork, changes: Change[]): Promise<Retry | Fail | undefined> {
    const runs = [
      async () => passing(await activity.during('claims', () => claims.run(work))),
      // Before the first command, and after the volumes that it may lie on.
      async () => nothing(await registerFirst(host, ownedBy(work.plan))),
      () => activity.during('setup hooks', () => hooks.run('setup', work)),
      ...steps.map((step) => () => activity.during(step.name, () => step.run(work))),
      () => activity.during('artefact of the deployment', () => deployment.bring(work)),
    ];
    return eachInTurn(runs, changes);
  }

  /**
   * Compared and checked as late as possible: scripts and packages make the users and programs this needs. Files and API
   * flip together; a service, a deployment or a hook that fails after that takes both back (law 5).
   */
  async function finish(
    work: ApplyWork,
    judged: JudgedTargets,
    order: ApplyOrder,
    changes: Change[],
  ): Promise<Retry | Fail | undefined> {
    const staged = await stageJudged(judged, work, host);
    if (staged.kind !== 'ok') return staged;
    const checked = await activity.during('checks', () => staged.value.check());
    if (checked.kind !== 'ok') return checked;
    const owed = await oweServices(host.store, work.plan, namesOf([...changes, ...staged.value.changes]));
    if (owed.kind !== 'ok') return owed;
    const named = await hostNames.run(work);
    if (named.kind !== 'ok') return named;
    const { sighted } = staged.value;
    const committed = await activity.during('files and reloads', () =>
      staged.value.commit(() => order.flip(sighted), order.flipBack, inEffect === undefined),
    );
    if (committed.kind !== 'ok') {
      if (!work.signal.aborted) await namesBack();
      return committed;
    }
    changes.push(...named.value, ...committed.value.changes);
    const services = parts.services(() => namesOf(changes));
    const failed = await eachInTurn(
      [
        () => activity.during('once hooks', () => hooks.run('once', work)),
        () => activity.during('services', () => services.run(work)),
        () => activity.during('deployment', () => deployment.run(work)),
        () => activity.during('configure hooks', () => hooks.run('configure', work)),
      ],
      changes,
    );
    // Of a first one it is what there was before it that goes.
    if (!failed) return inEffect ? undefined : unless(await settleOrigin(host));
    // The next start goes on where this one stops.
    if (!work.signal.aborted) await goBack(order, work, changes);
    return failed;
  }

  async function namesBack(): Promise<void> {
    const back = await hostNames.back();
    if (back.kind !== 'ok')
      host.logger.error('the host names of before could not be put back', { code: back.fault.code });
  }

  async function goBack(
    { flipBack }: ApplyOrder,
    failed: ApplyWork,
    changes: readonly Change[],
  ): Promise<void> {
    await namesBack();
    const before = inEffect;
    if (!before) {
      await restore(failed, flipBack);
      return;
    }
    const work: ApplyWork = { ...before, signal: failed.signal };
    const staged = await stageTargets(work, host, guardOf(parts.guard, work));
    const back = staged.kind === 'ok' ? await staged.value.commit(flipBack, () => {}) : staged;
    if (back.kind !== 'ok') {
      flipBack();
      host.logger.error('the files of the generation before could not be put back', {
        code: back.fault.code,
      });
      return;
    }
    const served = await parts.services(() => namesOf(back.value.changes)).run(work);
    if (served.kind !== 'ok')
      host.logger.error('a service does not run with the files of before', { code: served.fault.code });
    if (!changes.some(({ entry }) => entry === 'deploy')) return;
    const deployed = await deployment.run(work);
    if (deployed.kind !== 'ok')
      host.logger.error('the version of before could not be deployed again', { code: deployed.fault.code });
  }

  /** Where nothing was in effect: to the files that were there before Landfall. */
  async function restore(work: ApplyWork, onUndone: () => void): Promise<void> {
    const { signal } = work;
    const back = await undoOrigin({ host, redact: redactionOf(work), signal, onUndone });
    if (back.kind !== 'ok') {
      host.logger.error('the files of before could not be put back', { code: back.fault.code });
      return;
    }
    if (back.value.length === 0) return;
    host.logger.warn('the files of before are back', { files: back.value.length });
    const served = await parts.services(() => namesOf(back.value)).run(work);
    if (served.kind !== 'ok')
      host.logger.error('a service does not run with the files of before', { code: served.fault.code });
  }
}

/** What IAM and EC2 refuse today they may grant tomorrow, with the same content: that is no verdict on a generation. */
const PASSING: ReadonlySet<FaultCode> = new Set([
  'LF_CLAIM_MISSING',
  'LF_CLAIM_DENIED',
  'LF_CLAIM_LIMIT',
  'LF_CLAIM_KEY',
]);

function passing<T>(outcome: Outcome<T>): Outcome<T> {
  return outcome.kind === 'fail' && PASSING.has(outcome.fault.code) ? retry(outcome.fault) : outcome;
}

function unless(outcome: Outcome<void>): Retry | Fail | undefined {
  return outcome.kind === 'ok' ? undefined : outcome;
}

function nothing(outcome: Outcome<void>): Outcome<readonly Change[]> {
  return outcome.kind === 'ok' ? ok([]) : outcome;
}

async function eachInTurn(
  runs: readonly (() => Promise<Outcome<readonly Change[]>>)[],
  changes: Change[],
): Promise<Retry | Fail | undefined> {
  for (const run of runs) {
    const outcome = await run();
    if (outcome.kind !== 'ok') return outcome;
    changes.push(...outcome.value);
  }
  return undefined;
}

function workOf(
  { readPlan, secretTexts }: ApplicationParts,
  { next, before, layers, objects }: ApplyOrder,
  signal: AbortSignal,
): ApplyWork {
  const files = new Map(
    layers.flatMap(({ name, files: all }) => all.map((file) => [`${name}/${file.path}`, file] as const)),
  );
  return {
    plan: readPlan(layers),
    next,
    before,
    asset: ({ layer, path }) => files.get(`${layer}/${path}`),
    isSecret: (key) => next.effective.get(key)?.masked !== undefined,
    secretTexts: secretTexts(),
    ...(objects ? { objects } : {}),
    signal,
  };
}

/** Law 4 for what a plan brings, with what it allows. */
export function guardOf(
  { mode, strictness, addresses }: GuardRules,
  { plan, next }: ApplyWork,
): ContentGuard {
  const { region } = next.facts;
  const { allow } = plan;
  const policy = stricterOf(strictness, plan.strictness);
  return {
    mode,
    judge: (values) =>
      addresses.note(judge({ region, values, allow, policy, regionOf: addresses.regionOf() })),
  };
}

/** As `restartOn` of a service may name them: entries such as `templates.nginx`, and paths. */
function namesOf(changes: readonly Change[]): ReadonlySet<string> {
  return new Set(changes.flatMap(({ entry, subject }) => [entry, subject]));
}
