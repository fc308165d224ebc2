import type { Plan } from './plan.ts';
import type { Problem } from '#kit/errors.ts';

interface Claimed {
  readonly what: string;
  readonly path: string;
  readonly place: { readonly file: string; readonly line?: number };
}

/** What no entry can know by itself: two that write one file, a service that watches an entry nobody has. */
export function crossProblems(plan: Plan): readonly Problem[] {
  return [...twice(targetsOf(plan)), ...twice(mountsOf(plan)), ...unwatchable(plan)];
}

function targetsOf(plan: Plan): readonly Claimed[] {
  return (['templates', 'files', 'environmentFiles'] as const).flatMap((section) =>
    plan[section].map(({ name, target, place }) => ({ what: `${section}.${name}`, path: target, place })),
  );
}

function mountsOf({ claims }: Plan): readonly Claimed[] {
  return claims.volumes.map(({ name, mount, place }) => ({
    what: `claims.volumes.${name}`,
    path: mount,
    place,
  }));
}

function twice(claimed: readonly Claimed[]): readonly Problem[] {
  const first = new Map<string, Claimed>();
  return claimed.flatMap((claim) => {
    const earlier = first.get(claim.path);
    if (earlier === undefined) first.set(claim.path, claim);
    return earlier === undefined
      ? []
      : [invalid(claim, `${claim.path} is the target of ${earlier.what}, too`)];
  });
}

function unwatchable(plan: Plan): readonly Problem[] {
  const targets = targetsOf(plan);
  const known = new Set(targets.map(({ what }) => what));
  return plan.services.flatMap((service) =>
    [...service.restartOn, ...service.reloadOn]
      .filter((watched) => !watched.startsWith('/') && !known.has(watched))
      .map((watched) => {
        return invalid({ ...service, what: `services.${service.name}` }, `there is no ${watched} to watch`);
      }),
  );
}

function invalid({ what, place }: Pick<Claimed, 'what' | 'place'>, message: string): Problem {
  return { code: 'LF_PLAN_INVALID', message: `${what}: ${message}`, ...place };
}
