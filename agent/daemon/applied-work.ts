import type { Generation } from '#config-service';
import type { Plan } from '../plan/plan.ts';

/** Whether a plan, or what `landfall.deploy.*` says, is more than conditions on the generation. */
export function asksForWork(plan: Plan, { effective }: Generation): boolean {
  const { schemas, scripts, templates, files, environmentFiles, services, hooks, init, claims } = plan;
  const lists = [schemas, scripts, templates, files, environmentFiles, services, init, claims.volumes];
  return (
    [...lists, ...Object.values(hooks)].some((list) => list.length > 0) ||
    claims.address !== undefined ||
    effective.has('landfall.deploy.version')
  );
}
