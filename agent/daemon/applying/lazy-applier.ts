import {
  mayHaveHostLines,
  readHosts,
  type Generation,
  type HostsFile,
  type LayerContent,
} from '#config-service';
import type { Plan } from '../../plan/plan.ts';
import type { Applier } from '../configuration/applier.ts';
import type { StateStore } from '../runtime/state-store.ts';
import type { HostApplication } from './host-applier.ts';

export interface LazyApplierParts {
  readonly readPlan: (layers: readonly LayerContent[]) => Plan;
  readonly memory: Pick<StateStore, 'apply' | 'register'>;
  readonly hostsFile: Pick<HostsFile, 'path'>;
  readonly load: () => Promise<HostApplication>;
}

export interface LazyApplier extends Applier {
  /** Undefined until a generation asked for something. */
  readonly application: HostApplication | undefined;
}

/** Applying costs memory and time of the boot only where a plan asks for it, or where one did before. */
export async function createLazyApplier({
  readPlan,
  memory,
  hostsFile,
  load,
}: LazyApplierParts): Promise<LazyApplier> {
  let hasWork = await hasTraces(memory, hostsFile);
  let application: HostApplication | undefined;
  return {
    get application() {
      return application;
    },
    concerns: (next, layers) => (hasWork ||= asksForWork(readPlan(layers), next)),
    apply: async (order, signal) => {
      application ??= await load();
      return application.apply(order, signal);
    },
  };
}

/** What a plan of before left on this host has to be looked after, also when no plan is left. */
async function hasTraces(
  { apply, register }: LazyApplierParts['memory'],
  hostsFile: Pick<HostsFile, 'path'>,
): Promise<boolean> {
  const [rendered, hosts, ...records] = await Promise.all([
    register.load(),
    readHosts(hostsFile).catch(() => ''),
    apply.load('apply-journal'),
    apply.load('deployed'),
  ]);
  return rendered.length > 0 || mayHaveHostLines(hosts) || records.some((record) => record !== undefined);
}

/** Whether a plan, or what `landfall.deploy.*` says, is more than conditions on the generation. */
function asksForWork(plan: Plan, { effective }: Generation): boolean {
  const { schemas, scripts, templates, files, environmentFiles, hosts, services, hooks, init, claims } = plan;
  const lists = [schemas, scripts, templates, files, environmentFiles, hosts, services, init, claims.volumes];
  return (
    [...lists, ...Object.values(hooks)].some((list) => list.length > 0) ||
    claims.address !== undefined ||
    effective.has('landfall.deploy.version')
  );
}
