import { ok, type Outcome } from '#kit/outcome.ts';
import type { ScriptEntry } from '../../plan/plan.ts';
import { hasMark, loadMarks, saveMarks, withMark, type Mark, type Marks } from './applied-marks.ts';
import type { ApplyHost, ApplyStep, ApplyWork, Change } from '../apply-work.ts';
import { leaseKey } from './fleet-lease.ts';
import { onceInFleet, type FleetParts } from './fleet-turns.ts';
import type { LaunchCommand } from './launch.ts';

/**
 * The overlay scripts, in the order of the plan. One that ran is marked durably before the next starts: after a crash
 * those before it are not run again, and the one that was cut is. The first failure ends the step.
 */
export function createScriptsStep(host: ApplyHost, launch: LaunchCommand, fleet: FleetParts): ApplyStep {
  const runInTurn = async (
    script: ScriptEntry,
    work: ApplyWork,
    run: () => Promise<Outcome<void>>,
  ): Promise<Outcome<void>> => {
    const sha256 = work.asset(script.run)?.sha256;
    // Without its file it fails by itself.
    if (script.when !== 'fleet' || sha256 === undefined) return run();
    const { facts } = work.next;
    const label = labelOf(script);
    const step = {
      key: leaseKey(facts, script.name, sha256),
      label,
      limitMs: script.timeoutMs,
      me: facts.instanceId,
    };
    const done = await onceInFleet(step, fleet, work.signal, run);
    if (done.kind !== 'ok') return done;
    if (done.value !== facts.instanceId)
      host.logger.info('another instance ran it for the fleet', { script: script.name, by: done.value });
    return ok(undefined);
  };
  const runOne = async (script: ScriptEntry, marks: Marks, work: ApplyWork): Promise<Outcome<Marks>> => {
    const { user, timeoutMs, environment } = script;
    const order = {
      label: labelOf(script),
      command: undefined,
      run: script.run,
      user,
      timeoutMs,
      environment,
      event: {},
      files: {},
      code: 'LF_APPLY_SCRIPT',
    } as const;
    const outcome = await runInTurn(script, work, () => launch(order, work, host));
    if (outcome.kind === 'retry') return outcome;
    if (outcome.kind === 'fail') {
      if (!script.continueOnError) return outcome;
      const { code, cause } = outcome.fault;
      host.logger.warn('script failed, going on', { script: script.name, code, cause });
    }
    const mark = markOf(script, work);
    if (script.when === 'always' || mark === undefined) return ok(marks);
    const next = withMark(marks, mark);
    const saved = await saveMarks(host.store, next);
    return saved.kind === 'ok' ? ok(next) : saved;
  };
  return {
    name: 'scripts',
    preview: async (work) => ok(dueScripts(work, await loadMarks(host.store)).map(changeOf)),
    run: async (work) => {
      let marks = await loadMarks(host.store);
      const due = dueScripts(work, marks);
      for (const { script } of due) {
        const outcome = await runOne(script, marks, work);
        if (outcome.kind !== 'ok') return outcome;
        marks = outcome.value;
      }
      return ok(due.map(changeOf));
    },
  };
}

interface DueScript {
  readonly script: ScriptEntry;
  readonly reason: string;
}

function dueScripts(work: ApplyWork, marks: Marks): readonly DueScript[] {
  return work.plan.scripts.flatMap((script) => {
    const reason = reasonFor(script, work, marks);
    return reason === undefined ? [] : [{ script, reason }];
  });
}

/** Undefined: it ran with this content, at any time, on this instance. */
function reasonFor(script: ScriptEntry, work: ApplyWork, marks: Marks): string | undefined {
  if (script.when === 'always') return 'runs each time';
  const mark = markOf(script, work);
  if (mark !== undefined && hasMark(marks, mark)) return undefined;
  return marks.some(({ entry }) => entry === labelOf(script)) ? 'content differs' : 'did not run yet';
}

function markOf(script: ScriptEntry, { asset }: ApplyWork): Mark | undefined {
  const file = asset(script.run);
  return file && { entry: labelOf(script), sha256: file.sha256 };
}

function labelOf({ name }: ScriptEntry): string {
  return `scripts.${name}`;
}

function changeOf({ script, reason }: DueScript): Change {
  const { layer, path } = script.run;
  return { entry: labelOf(script), subject: `${layer}/${path}`, action: 'run', reason };
}
