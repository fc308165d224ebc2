import type { LayerContent } from '#config-service';
import type { Plan } from '../plan/plan.ts';
import type { Applier } from './applier.ts';
import { asksForWork } from './applied-work.ts';
import type { HostApplication } from './host-applier.ts';
import type { Memory } from './memory.ts';

export interface LazyApplierParts {
  readonly readPlan: (layers: readonly LayerContent[]) => Plan;
  readonly memory: Pick<Memory, 'apply' | 'register'>;
  readonly load: () => Promise<HostApplication>;
}

export interface LazyApplier extends Applier {
  /** Undefined until a generation asked for something. */
  readonly application: HostApplication | undefined;
}

/** Applying costs memory and time of the boot only where a plan asks for it, or where one did before. */
export async function createLazyApplier({ readPlan, memory, load }: LazyApplierParts): Promise<LazyApplier> {
  let hasWork = await hasTraces(memory);
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
async function hasTraces({ apply, register }: LazyApplierParts['memory']): Promise<boolean> {
  const [rendered, ...records] = await Promise.all([
    register.load(),
    apply.load('apply-journal'),
    apply.load('deployed'),
  ]);
  return rendered.length > 0 || records.some((record) => record !== undefined);
}
