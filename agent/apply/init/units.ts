import { ok, type Outcome } from '#kit/outcome.ts';
import { stepsFor } from '../units/services-decision.ts';
import { createSystemctl } from '../units/systemctl.ts';
import type { ServiceEntry } from './service-entry.ts';
import { placeOf, progressKey, type ConfigRun, type Section, type Task } from './task.ts';

/** Services, after all that may have changed what they wait for. One restart pays for every change. */
export const services: Section = async function* (run) {
  for (const service of run.config.services) {
    const task = await taskFor(run, service);
    if (task.kind !== 'ok') yield task;
    else if (task.value !== undefined) yield ok(task.value);
  }
};

async function taskFor(run: ConfigRun, service: ServiceEntry): Promise<Outcome<Task | undefined>> {
  const { name, enabled, ensureRunning } = service;
  const place = placeOf(run, 'services', name);
  const { host, environment, signal, redact } = run;
  const systemctl = createSystemctl({
    run: host.run,
    environment,
    label: place,
    signal,
    redact,
    clock: host.clock,
  });
  const state = await systemctl.stateOf(name);
  if (state.kind !== 'ok') return asInit(state, place);
  const key = progressKey(run, 'services', name);
  const owed = run.progress.owed(key);
  // A trigger starts what cfn-init was told nothing else about.
  const running = ensureRunning ?? (owed === undefined ? undefined : true);
  const steps = stepsFor({ enabled, running, owed }, state.value);
  if (steps.length === 0) {
    if (owed === undefined || run.preview) return ok(undefined);
    const paid = await run.progress.pay(key);
    return paid.kind === 'ok' ? ok(undefined) : paid;
  }
  return ok({
    changes: steps.map(({ verb, reason }) => ({ subject: `service ${name}`, action: verb, reason })),
    triggers: [],
    act: async () => {
      for (const { verb } of steps) {
        const done = await systemctl.act(verb, name);
        if (done.kind !== 'ok') return asInit(done, place);
      }
      return run.progress.pay(key);
    },
  });
}

/** Everything that goes wrong in a document is `LF_INIT`. */
function asInit<T>(outcome: Outcome<T>, place: string): Outcome<T> {
  return outcome.kind === 'fail'
    ? { ...outcome, fault: { ...outcome.fault, code: 'LF_INIT', subject: place } }
    : outcome;
}

/** The keys of the services that wait for one of these. */
export function waitingFor(run: ConfigRun, triggers: readonly string[]): readonly string[] {
  return run.config.services
    .filter((service) => triggers.some((trigger) => service.triggers.has(trigger)))
    .map(({ name }) => progressKey(run, 'services', name));
}
