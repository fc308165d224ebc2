import { ok, type Outcome } from '#kit/outcome.ts';
import { aptManager } from './apt.ts';
import { runChild, succeeded } from './child.ts';
import { INIT_TIMEOUTS } from './limits.ts';
import type { PackageManager } from './package-entry.ts';
import type { Manager, Wanted } from './package-manager.ts';
import { rpmFileTasks } from './rpm-files.ts';
import { triggerOf } from './service-entry.ts';
import { initFault, placeOf, type ConfigRun, type Section, type Task } from './task.ts';
import { yumManager } from './yum.ts';

const MANAGERS: Readonly<Record<Exclude<PackageManager, 'rpm'>, Manager>> = {
  apt: aptManager,
  yum: yumManager('yum'),
  dnf: yumManager('dnf'),
};

/** What is missing is installed in one transaction a manager. */
export const packages: Section = async function* (run) {
  yield* rpmFileTasks(run);
  for (const name of ['apt', 'yum', 'dnf'] as const) {
    const found = await missing(run, name, MANAGERS[name]);
    if (found.kind !== 'ok') yield found;
    else if (found.value.length > 0) yield ok(installation(run, name, found.value));
  }
};

function installation(run: ConfigRun, name: Exclude<PackageManager, 'rpm'>, wanted: readonly Wanted[]): Task {
  const manager = MANAGERS[name];
  const place = placeOf(run, 'packages', name);
  const names = [...new Set(wanted.map((each) => each.name))];
  const options = {
    environment: { ...run.environment, ...manager.environment },
    timeoutMs: INIT_TIMEOUTS.packages,
  };
  return {
    changes: wanted.map(({ spec }) => ({
      subject: `${name} ${spec}`,
      action: 'install',
      reason: 'not installed',
    })),
    triggers: names.map((each) => triggerOf('packages', `${name}/${each}`)),
    act: async () => {
      await refresh(run, place, manager, options);
      const [program, ...flags] = manager.install;
      const specs = wanted.map(({ spec }) => spec);
      const result = await runChild(run, place, [program, ...flags, ...specs], options);
      const done = succeeded(run, place, program, result);
      return done.kind === 'ok' ? proven(run, name, wanted) : done;
    },
  };
}

/** Bounded like the lock of an installation; its failure is the installation's affair. */
async function refresh(
  run: ConfigRun,
  place: string,
  { refresh: line, isLocked }: Manager,
  options: Parameters<typeof runChild>[3],
): Promise<void> {
  if (line === undefined) return;
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    const { end, tail } = await runChild(run, place, line, options);
    const isHeld = end.kind === 'exited' && end.code !== 0 && isLocked?.(tail) === true;
    if (!isHeld || run.signal.aborted) return;
    if (tries === 0) run.host.logger.info('another package manager is at work, and is waited for', { place });
    await run.host.clock.sleep(LOCK_PAUSE_MS, run.signal).catch(() => {});
  }
}

const LOCK_TRIES = 60;
const LOCK_PAUSE_MS = 10_000;

async function missing(
  run: ConfigRun,
  name: Exclude<PackageManager, 'rpm'>,
  manager: Manager,
): Promise<Outcome<readonly Wanted[]>> {
  const wanted: Wanted[] = [];
  for (const entry of run.config.packages.filter((each) => each.manager === name)) {
    for (const spec of manager.specsOf(entry.name, entry.versions)) {
      const each = { name: entry.name, spec };
      const installed = await manager.isInstalled(
        run,
        placeOf(run, 'packages', `${name}/${entry.name}`),
        each,
      );
      if (installed.kind !== 'ok') return installed;
      if (!installed.value) wanted.push(each);
    }
  }
  return ok(wanted);
}

/** `yum install a b` is content when there is no b. */
async function proven(
  run: ConfigRun,
  name: Exclude<PackageManager, 'rpm'>,
  wanted: readonly Wanted[],
): Promise<Outcome<void>> {
  for (const each of wanted) {
    // A group of packages is none itself.
    if (each.name.startsWith('@')) continue;
    const place = placeOf(run, 'packages', `${name}/${each.name}`);
    const installed = await MANAGERS[name].isInstalled(run, place, each);
    if (installed.kind !== 'ok') return installed;
    if (!installed.value) {
      const hint = `Ask the repositories of this host for it: ${name} may know it under another name or version.`;
      return initFault(place, `${name} ended well, and ${each.spec} is still not installed`, hint);
    }
  }
  return ok(undefined);
}
