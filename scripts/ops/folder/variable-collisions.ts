import { envName, type Effective } from '#config-service';
import type { Plan } from '#agent/plan/plan.ts';
import type { Problem } from '#kit/errors.ts';

/**
 * Keys that want one variable of the commands a plan runs: the first by code unit gets it, and nobody tells the script. Where an
 * environment file or `landfall exec` would hold them it is an error of its own.
 */
export function variableCollisions(plan: Plan, effective: Effective): readonly Problem[] {
  const runs =
    plan.scripts.length > 0 ||
    plan.init.length > 0 ||
    Object.values(plan.hooks).some((hooks) => hooks.length > 0);
  if (!runs) return [];
  const owners = new Map<string, string[]>();
  for (const key of effective.keys()) {
    const name = envName(key);
    const keys = owners.get(name);
    if (keys === undefined) owners.set(name, [key]);
    else keys.push(key);
  }
  return [...owners].flatMap(([name, [first = '', ...others]]) =>
    others.map((key): Problem => {
      const winner = effective.get(key)?.winner;
      return {
        code: 'LF_EXEC_ENVIRONMENT',
        message: `${key} is not among the variables of scripts and hooks: ${first} is ${name} there; rename one of them`,
        ...(winner && { file: `${winner.layer}/${winner.file}`, line: winner.line }),
      };
    }),
  );
}
