import { regionFacts, type Facts, type LayerPlace } from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';

/** An instance that could be: what decides which layers apply to it. */
export interface Scenario {
  readonly region: string;
  readonly role?: string;
  readonly environment?: string;
  readonly instanceId?: string;
}

/** What a preview cannot know. The zone follows the region when it is left out. */
export interface StandIn {
  readonly account: string;
  readonly zone?: string;
  readonly tags?: ReadonlyMap<string, string>;
}

/** The account of AWS's own examples, and of the sandbox. */
export const STAND_IN_ACCOUNT = '123456789012';
const STAND_IN_INSTANCE = 'i-00000000000000000';

/** The facts such an instance would have. `LF_USAGE` for what is no region. */
export function factsOf(scenario: Scenario, standIn: StandIn): Outcome<Facts> {
  const { region, role, environment, instanceId = STAND_IN_INSTANCE } = scenario;
  const known = regionFacts(region);
  if (known === undefined) {
    return fail({
      code: 'LF_USAGE',
      operation: 'use',
      subject: JSON.stringify(region),
      cause: 'it is no AWS region',
      hint: 'Name regions as eu-west-1,us-east-1.',
    });
  }
  const { partition, dnsSuffix } = known;
  const tags = new Map(standIn.tags);
  if (role !== undefined) tags.set('role', role);
  if (environment !== undefined) tags.set('environment', environment);
  return ok({
    region,
    partition,
    dnsSuffix,
    role,
    environment,
    instanceId,
    tags,
    account: standIn.account,
    zone: standIn.zone ?? `${region}a`,
    imageId: 'ami-00000000000000000',
    instanceType: 't3.small',
    privateIp: '10.0.0.10',
    hostname: `ip-10-0-0-10.${region}.compute.internal`,
    // Of RFC 5737: nobody's.
    publicIp: '203.0.113.10',
    subnet: 'subnet-00000000000000000',
    vpc: 'vpc-00000000000000000',
    hasAnyTag: true,
  });
}

/**
 * Every combination of a region with a role and an environment that some layer is for. Where layers are for roles, an
 * instance without one is a mistake and not imagined; the same for environments.
 */
export function scenariosOf(places: readonly LayerPlace[], regions: readonly string[]): readonly Scenario[] {
  const roles = namesOrNone(places, 'role');
  const environments = namesOrNone(places, 'environment');
  return regions.flatMap((region) =>
    roles.flatMap((role) =>
      environments.map((environment) => ({
        region,
        ...(role === undefined ? {} : { role }),
        ...(environment === undefined ? {} : { environment }),
      })),
    ),
  );
}

/** The values that layers bind a placeholder to, sorted. */
export function namesBound(places: readonly LayerPlace[], placeholder: string): readonly string[] {
  return [...new Set(places.flatMap(({ bound }) => bound.get(placeholder) ?? []))].toSorted();
}

/** `web in prod`, `i-0abc as web in prod`; without the region. Empty when there is only one kind of instance. */
export function describeScenario({ role, environment, instanceId }: Scenario): string {
  const kind = [role, environment === undefined ? undefined : `in ${environment}`].filter(Boolean).join(' ');
  return [instanceId, kind].filter(Boolean).join(' as ');
}

function namesOrNone(places: readonly LayerPlace[], placeholder: string): readonly (string | undefined)[] {
  const names = namesBound(places, placeholder);
  return names.length === 0 ? [undefined] : names;
}
