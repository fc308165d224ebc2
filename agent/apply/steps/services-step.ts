import { ok, type Outcome } from '#kit/outcome.ts';
import type { Plan, ServiceEntry } from '../../plan/plan.ts';
import type { ApplyStore } from '../apply-store.ts';
import type { ApplyHost, ApplyStep, ApplyWork, Change } from '../apply-work.ts';
import { openProgress, type Owed, type Progress } from '../init/progress.ts';
import { redactionOf } from '../redaction.ts';
import { stepsFor } from '../units/services-decision.ts';
import { createSystemctl } from '../units/systemctl.ts';

export interface ServicesStepOptions {
  readonly host: ApplyHost;
  /** `PATH` at least. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the steps before changed (in a preview: would change): absolute paths, and names such as `templates.nginx`. */
  readonly changed: () => ReadonlySet<string>;
}

/** The services of the plan, after everything they may wait for. One restart pays for every change. */
export function createServicesStep(options: ServicesStepOptions): ApplyStep {
  const apply = async (work: ApplyWork, preview: boolean): Promise<Outcome<readonly Change[]>> => {
    const progress = await openProgress(options.host.store, !preview);
    const noted = await note(progress, work.plan, options.changed());
    if (noted.kind !== 'ok') return noted;
    const changes: Change[] = [];
    for (const service of work.plan.services) {
      const done = await applyOne(service, { ...options, work, progress, preview });
      if (done.kind !== 'ok') return done;
      changes.push(...done.value);
    }
    const names = new Set(work.plan.services.map(keyOf));
    const kept = await progress.keepOnly((key) => !key.startsWith('services/') || names.has(key));
    return kept.kind === 'ok' ? ok(changes) : kept;
  };
  return { name: 'services', preview: (work) => apply(work, true), run: (work) => apply(work, false) };
}

/**
 * Notes that services wait for what is about to change. To be called before the change, with what a preview said: then
 * a crash between the change and the services loses no restart. One restart too many is the price of a change that never came.
 */
export async function oweServices(
  store: ApplyStore,
  plan: Plan,
  changing: ReadonlySet<string>,
): Promise<Outcome<void>> {
  return note(await openProgress(store, true), plan, changing);
}

async function note(progress: Progress, plan: Plan, changed: ReadonlySet<string>): Promise<Outcome<void>> {
  const owing = (what: Owed, names: (service: ServiceEntry) => readonly string[]): Promise<Outcome<void>> => {
    const waiting = plan.services.filter((service) => names(service).some((name) => changed.has(name)));
    return progress.owe(waiting.map(keyOf), what);
  };
  const restarts = await owing('restart', ({ restartOn }) => restartOn);
  return restarts.kind === 'ok' ? owing('reload', ({ reloadOn }) => reloadOn) : restarts;
}

interface Run extends ServicesStepOptions {
  readonly work: ApplyWork;
  readonly progress: Progress;
  readonly preview: boolean;
}

async function applyOne(
  service: ServiceEntry,
  { host, environment, work, progress, preview }: Run,
): Promise<Outcome<readonly Change[]>> {
  const { name, enabled, running } = service;
  const entry = `services.${name}`;
  const systemctl = createSystemctl({
    run: host.run,
    environment,
    label: entry,
    signal: work.signal,
    redact: redactionOf(work),
    clock: host.clock,
  });
  const state = await systemctl.stateOf(name);
  if (state.kind !== 'ok') return state;
  const steps = stepsFor({ enabled, running, owed: progress.owed(keyOf(service)) }, state.value);
  const changes = steps.map(({ verb, reason }) => ({ entry, subject: name, action: verb, reason }));
  if (preview) return ok(changes);
  for (const { verb } of steps) {
    const done = await systemctl.act(verb, name);
    if (done.kind !== 'ok') return done;
  }
  const paid = await progress.pay(keyOf(service));
  return paid.kind === 'ok' ? ok(changes) : paid;
}

function keyOf({ name }: { readonly name: string }): string {
  return `services/${name}`;
}
