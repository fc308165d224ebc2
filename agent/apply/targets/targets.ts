import type { Sighted } from '#config-service';
import { describeProblem, type Fault, type Problem } from '#kit/errors.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { ApplyHost, ApplyWork, Change } from '../apply-work.ts';
import { judgeCommand } from '../command-fault.ts';
import { redactionOf, type Redact } from '../redaction.ts';
import { foreignInTargets, foreignTargetFault, type ContentGuard } from '../render/content-guard.ts';
import { shellLiteral } from '../render/escapes.ts';
import {
  renderTargets,
  type RenderedTarget,
  type Rendering,
  type UnrenderableTarget,
} from '../render/rendering.ts';
import type { ApplyJournal } from './apply-journal.ts';
import type { TargetFailure } from './file-change.ts';
import { fileFault } from './file-fault.ts';
import { loadJournal } from './journal-record.ts';
import { recoverTargets } from './recovery.ts';
import { LINE_ENVIRONMENT } from './reload.ts';
import { commitPlan } from './target-commit.ts';
import { planTargets, type TargetPlan } from './target-plan.ts';
import { emptyStaging, stageFiles, type StagedFolder } from './target-staging.ts';

export interface AppliedTargets {
  readonly changes: readonly Change[];
  readonly failures: readonly TargetFailure[];
}

/** All targets of a generation, rendered and judged. Nothing on the host is changed yet. */
export interface StagedTargets {
  /** What `commit` would do; without what failed alone. */
  readonly changes: readonly Change[];
  /** Independent entries that failed so far. */
  readonly failures: readonly TargetFailure[];
  /** What the guard found and let pass. */
  readonly sighted: Sighted;
  /** Asks the check of every target that would change. A failure refuses all but independent targets. */
  check(): Promise<Outcome<void>>;
  /**
   * Files, then `flip`, then reloads. A failure means that files are as before and `flipBack` was called if `flip` was. A
   * retry with `LF_INTERRUPTED`: the agent stops; what is in place stays, and `recoverTargets` goes on at the next start.
   * @param isFirst see `Turn`.
   */
  commit(flip: () => void, flipBack: () => void, isFirst?: boolean): Promise<Outcome<AppliedTargets>>;
}

export async function stageTargets(
  work: ApplyWork,
  host: ApplyHost,
  guard: ContentGuard,
): Promise<Outcome<StagedTargets>> {
  const recovered = await recoverTargets(host, work.signal);
  if (recovered.kind !== 'ok') return recovered;
  const judged = await judgeTargets(work, guard);
  return judged.kind === 'ok' ? stageJudged(judged.value, work, host) : judged;
}

/** As `stageTargets`, of what was judged before. No change may be under way: `recoverTargets` comes first. */
export async function stageJudged(
  judged: JudgedTargets,
  work: ApplyWork,
  host: ApplyHost,
): Promise<Outcome<StagedTargets>> {
  const journal = await loadJournal(host);
  const drawn = await drawPlan(judged, host, journal);
  return drawn.kind === 'ok' ? ok(createStaged(work, host, journal, drawn.value)) : drawn;
}

/** What applying would change; touches nothing. */
export async function previewTargets(
  work: ApplyWork,
  host: ApplyHost,
  guard: ContentGuard,
): Promise<Outcome<readonly Change[]>> {
  const judged = await judgeTargets(work, guard);
  if (judged.kind !== 'ok') return judged;
  const drawn = await drawPlan(judged.value, host, await loadJournal(host));
  return drawn.kind === 'ok' ? ok(changesOf(drawn.value)) : drawn;
}

interface Drawn extends TargetPlan {
  readonly sighted: Sighted;
}

/** All targets of a generation, rendered and found fit. */
export interface JudgedTargets extends Rendering {
  /** What the guard found and let pass. */
  readonly sighted: Sighted;
}

/** Before scripts and packages cost what a refusal would not; looks at nothing of the host. */
export async function judgeTargets(work: ApplyWork, guard: ContentGuard): Promise<Outcome<JudgedTargets>> {
  const rendering = await renderTargets(work);
  const binding = rendering.unrenderable.filter(({ entry }) => !entry.independent);
  if (binding.length > 0) return fail(templateFault(binding));
  const sighted = foreignInTargets(rendering.rendered, guard);
  const { region } = work.next.facts;
  const foreign = guard.mode === 'enforce' ? foreignTargetFault(sighted.findings, region) : undefined;
  return foreign ? fail(foreign) : ok({ ...rendering, sighted });
}

async function drawPlan(
  { rendered, unrenderable, sighted }: JudgedTargets,
  host: ApplyHost,
  journal: ApplyJournal,
): Promise<Outcome<Drawn>> {
  const failed = unrenderable.map((one) => ({ name: one.name, fault: templateFault([one]) }));
  const plan = await planTargets(rendered, failed, journal.managed, host);
  return plan.kind === 'ok' ? ok({ ...plan.value, sighted }) : plan;
}

function createStaged(work: ApplyWork, host: ApplyHost, journal: ApplyJournal, drawn: Drawn): StagedTargets {
  const { signal } = work;
  const redact = redactionOf(work);
  let plan: TargetPlan = drawn;
  /** Its target stays as the last change left it. */
  const leaveOut = ({ name, fault }: TargetFailure): void => {
    host.logger.warn('an independent target failed', { entry: name, code: fault.code });
    plan = {
      ...plan,
      planned: plan.planned.filter(({ target }) => target.name !== name),
      kept: [...plan.kept, ...journal.managed.filter((managed) => managed.name === name)],
      failures: [...plan.failures, { name, fault }],
    };
  };
  return {
    get changes() {
      return changesOf(plan);
    },
    get failures() {
      return plan.failures;
    },
    sighted: drawn.sighted,
    async check() {
      const asked = plan.planned.filter(({ target, change }) => change && target.entry.check !== undefined);
      if (asked.length === 0) return ok(undefined);
      try {
        const staged = await stageFiles(plan.planned, host);
        for (const { target } of asked) {
          const outcome = await checkTarget(target, staged, host, redact, signal);
          if (outcome.kind === 'ok') continue;
          if (outcome.kind === 'retry' || !target.entry.independent) return outcome;
          leaveOut({ name: target.name, fault: outcome.fault });
        }
        return ok(undefined);
      } catch (error) {
        return fileFault(error, 'stage', host.runDir);
      } finally {
        await emptyStaging(host).catch(() => {});
      }
    },
    async commit(flip, flipBack, isFirst = false) {
      if (signal.aborted) return retry(interrupted());
      const committed = await commitPlan(
        plan,
        journal,
        { host, redact, signal },
        { flip, flipBack, isFirst },
      );
      if (committed.kind !== 'ok') return committed;
      const failures = [...plan.failures, ...committed.value];
      const failed = new Set(failures.map(({ name }) => name));
      return ok({ changes: changesOf(plan).filter(({ entry }) => !failed.has(entry)), failures });
    },
  };
}

function changesOf({ planned, departed }: TargetPlan): readonly Change[] {
  return [...planned.map(({ change }) => change), ...departed.map(({ change }) => change)].filter(
    (change) => change !== undefined,
  );
}

function templateFault(targets: readonly UnrenderableTarget[]): Fault {
  const problems: readonly Problem[] = targets.flatMap((target) => target.problems);
  const [first] = problems;
  const others = problems.length > 1 ? ` and ${problems.length - 1} more` : '';
  return {
    code: 'LF_TEMPLATE',
    operation: 'render',
    subject: targets.map(({ name }) => name).join(', '),
    cause: `${first === undefined ? 'it cannot be rendered' : describeProblem(first)}${others}`,
    hint: 'Correct the template or the value at the source; the next poll picks it up.',
    problems,
  };
}

function interrupted(): Fault {
  return {
    code: 'LF_INTERRUPTED',
    operation: 'apply',
    subject: 'the targets',
    cause: 'the agent stops',
    hint: 'They are applied at the next start.',
  };
}

/** Asks the check of a target about its new content, before anything is replaced. No check: it is fine. */
async function checkTarget(
  { name, entry }: Pick<RenderedTarget, 'name' | 'entry'>,
  { folder, pathOf }: StagedFolder,
  host: Pick<ApplyHost, 'run'>,
  redact: Redact,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  if (entry.check === undefined) return ok(undefined);
  const line = entry.check
    .replaceAll('{path}', () => shellLiteral(pathOf(entry.target)))
    .replaceAll('{folder}', () => shellLiteral(folder));
  const label = `check of ${name}`;
  const { timeoutMs } = entry;
  const argv = ['/bin/sh', '-c', line] as const;
  const result = await host.run({ label, argv, cwd: '/', env: LINE_ENVIRONMENT, timeoutMs }, signal);
  return judgeCommand(label, result, 'LF_APPLY_CHECK', redact);
}
