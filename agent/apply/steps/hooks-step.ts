import { sha256Hex, type Generation } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { HookEntry, HookEvent } from '../../plan/plan.ts';
import { hasMark, loadMarks, saveMarks, withMark, withoutEntry, type Mark } from './applied-marks.ts';
import type { ApplyHost, ApplyWork, Change } from '../apply-work.ts';
import type { LaunchCommand } from './launch.ts';

export interface HookOptions {
  /** Variables of the event. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds for all hooks of the event together. */
  readonly deadlineMs?: number;
}

export interface Hooks {
  preview(event: HookEvent, work: ApplyWork): Promise<Outcome<readonly Change[]>>;
  run(event: HookEvent, work: ApplyWork, options?: HookOptions): Promise<Outcome<readonly Change[]>>;
}

/**
 * The hooks of the plan, in its order. `setup` runs once per instance, `once` once per instance and content; `configure` when the effective configuration, the peers or
 * the hook itself are others than the one it last ran to its end with; the others whenever they are asked for. The first
 * failure ends the event, but for `notice` and `shutdown`: there every hook gets its turn, as long as time is left.
 */
export function createHooks(host: ApplyHost, launch: LaunchCommand): Hooks {
  const due = async (event: HookEvent, work: ApplyWork): Promise<readonly HookEntry[]> => {
    const marks = await loadMarks(host.store);
    return work.plan.hooks[event].filter((hook) => {
      const mark = markOf(event, hook, work);
      return mark === undefined || !hasMark(marks, mark);
    });
  };
  const runOne = async (
    event: HookEvent,
    hook: HookEntry,
    work: ApplyWork,
    { environment = {} }: HookOptions,
    timeoutMs: number,
  ): Promise<Outcome<void>> => {
    const { command, run, user } = hook;
    const mark = markOf(event, hook, work);
    const forgotten = await forget(host, mark);
    if (forgotten.kind !== 'ok') return forgotten;
    const outcome = await launch(
      {
        label: labelOf(event, hook),
        command,
        run,
        user,
        timeoutMs,
        environment: {},
        event: { LANDFALL_EVENT: event, ...environment },
        files: event === 'configure' ? snapshotsOf(work) : {},
        code: 'LF_APPLY_HOOK',
      },
      work,
      host,
    );
    if (outcome.kind === 'retry' || (outcome.kind === 'fail' && !hook.continueOnError)) return outcome;
    if (outcome.kind === 'fail') {
      const { code, cause } = outcome.fault;
      host.logger.warn('hook failed, going on', { hook: labelOf(event, hook), code, cause });
    }
    return await remember(host, mark);
  };
  return {
    preview: async (event, work) => ok((await due(event, work)).map((hook) => changeOf(event, hook))),
    run: async (event, work, options = {}) => {
      const end = host.clock.monotonic() + (options.deadlineMs ?? Infinity);
      const changes: Change[] = [];
      let failed: Outcome<never> | undefined;
      for (const hook of await due(event, work)) {
        const leftMs = end - host.clock.monotonic();
        const outcome =
          leftMs > 0
            ? await runOne(event, hook, work, options, Math.min(hook.timeoutMs, leftMs))
            : fail(tooLate(event, hook));
        if (outcome.kind === 'ok') changes.push(changeOf(event, hook));
        else failed ??= outcome;
        if (failed && event !== 'shutdown' && event !== 'notice') break;
      }
      return failed ?? ok(changes);
    },
  };
}

/** Undefined: runs each time. */
function markOf(event: HookEvent, hook: HookEntry, work: ApplyWork): Mark | undefined {
  const content = contentOf(hook, work);
  if (event === 'setup' || event === 'once') {
    // An unnamed hook is called by its place, which the next hook may have tomorrow.
    const unnamed = hook.name.includes('#');
    if (unnamed) return { entry: `hooks.${event}.#${content}`, sha256: content };
    return markNamed(event, hook, event === 'once' ? content : '');
  }
  if (event !== 'configure') return undefined;
  const { digest, facts } = work.next;
  const peers = facts.peers === undefined ? [] : [JSON.stringify(facts.peers)];
  return markNamed(event, hook, digestOf([digest, content, ...peers]));
}

function markNamed(event: HookEvent, hook: HookEntry, sha256: string): Mark {
  return { entry: labelOf(event, hook), sha256 };
}

function contentOf({ command, run }: HookEntry, { asset }: ApplyWork): string {
  return digestOf([command ?? '', (run && asset(run)?.sha256) ?? '']);
}

function digestOf(parts: readonly string[]): string {
  return sha256Hex(new TextEncoder().encode(JSON.stringify(parts)));
}

/** A hook that was cut short has left its old state already: if that configuration comes back, it has to run again. */
async function forget({ store }: ApplyHost, mark: Mark | undefined): Promise<Outcome<void>> {
  const marks = await loadMarks(store);
  const known = mark !== undefined && marks.some(({ entry }) => entry === mark.entry);
  return known ? await saveMarks(store, withoutEntry(marks, mark.entry)) : ok(undefined);
}

async function remember({ store }: ApplyHost, mark: Mark | undefined): Promise<Outcome<void>> {
  return mark ? await saveMarks(store, withMark(await loadMarks(store), mark)) : ok(undefined);
}

/** Values of secrets are in them: they are the only way for a hook to see what changed. Mode 0600. */
function snapshotsOf({ before, next }: ApplyWork): Record<string, string> {
  return { LANDFALL_OLD: snapshotOf(before), LANDFALL_NEW: snapshotOf(next) };
}

function snapshotOf(generation: Generation | undefined): string {
  if (generation === undefined) return JSON.stringify({ generation: 0, release: null, properties: {} });
  const { number, release, effective, facts } = generation;
  const properties = Object.fromEntries([...effective].map(([key, { value }]) => [key, value]));
  const peers = facts.peers === undefined ? {} : { peers: facts.peers };
  return JSON.stringify({ generation: number, release, properties, ...peers });
}

function labelOf(event: HookEvent, { name }: HookEntry): string {
  return `hooks.${event}.${name}`;
}

function changeOf(event: HookEvent, hook: HookEntry): Change {
  const { run, place } = hook;
  const subject = run ? `${run.layer}/${run.path}` : `${place.file}:${place.line ?? 1}`;
  return { entry: labelOf(event, hook), subject, action: 'run' };
}

function tooLate(event: HookEvent, hook: HookEntry): Fault {
  return {
    code: 'LF_APPLY_HOOK',
    operation: 'run',
    subject: labelOf(event, hook),
    cause: 'no time was left for it',
    hint: 'Make the hooks before it faster, or give them a shorter `timeout`.',
  };
}
