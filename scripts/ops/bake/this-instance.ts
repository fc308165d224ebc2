import { Imds, imdsEndpoint } from '#agent/identity/imds.ts';
import { readIdentity } from '#agent/identity/identity.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { OpsContext } from '../context.ts';
import { bakeFault } from './bake-halt.ts';

/** The id of the instance this runs on, which has to be in the region that is worked in. */
export async function thisInstance(
  region: string,
  { env, clock, random }: Pick<OpsContext, 'env' | 'clock' | 'random'>,
  signal: AbortSignal,
): Promise<Outcome<string>> {
  const endpoint = imdsEndpoint(env);
  if (endpoint.kind !== 'ok') return endpoint;
  const imds = new Imds(endpoint.value, { clock, random });
  try {
    const identity = await readIdentity(imds, signal);
    if (identity.kind !== 'ok') return identity;
    const { instanceId, region: own } = identity.value;
    if (own === region) return ok(instanceId);
    const hint = `Bake on an instance in ${region}.`;
    return fail(bakeFault('LF_BAKE_BUILDER', instanceId, `it is in ${own}, not in ${region}`, hint));
  } finally {
    imds.close();
  }
}
