import type { Plan } from './plan.ts';
import type { Problem } from '#kit/errors.ts';

interface Claimed {
  readonly what: string;
  readonly path: string;
  readonly place: { readonly file: string; readonly line?: number };
}

/** What no entry can know by itself: two that write one file, a service that watches an entry nobody has. */
export function crossProblems(plan: Plan): readonly Problem[] {
  return [
    ...twice(targetsOf(plan)),
    ...twice(mountsOf(plan)),
    ...twice(documentsOf(plan)),
    ...namedTwice(plan),
    ...unwatchable(plan),
  ];
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

/** The section `packages` is known by its name among documents. */
function documentsOf({ init }: Plan): readonly Claimed[] {
  return init.map(({ name, place, packages }) => {
    return { what: packages === undefined ? `init.${name}` : name, path: name, place };
  });
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

/** A resolver takes the first address of a name and family; which that is, the order of the plan should not say. */
function namedTwice({ hosts }: Plan): readonly Problem[] {
  const first = new Map<string, string>();
  return hosts.flatMap(({ name, aliases, address, place }) =>
    [name, ...aliases].flatMap((one) => {
      const key = `${one.toLowerCase()} ${address.includes(':')}`;
      const earlier = first.get(key);
      first.set(key, earlier ?? name);
      if (earlier === undefined) return [];
      return [invalid({ what: `hosts.${name}`, place }, `${one} stands in hosts.${earlier}, too`)];
    }),
  );
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
