import type { OpsContext } from '../context.ts';
import { childFails } from '../across/child-run.ts';
import type { Patience } from '../across/patience.ts';
import type { Pair } from './holdings.ts';
import type { Named } from './reading.ts';

/**
 * Runs what stops the service and unmounts, in the operator's own shell and environment: undefined once it ended with 0, else why
 * not. What it starts in the background stays.
 */
export async function quiesceFails(
  command: string,
  { region, blue, green }: Pair,
  named: Named,
  patience: Patience,
  context: Pick<OpsContext, 'env' | 'err' | 'clock'>,
): Promise<string | undefined> {
  const env = {
    ...context.env,
    LANDFALL_SWAP_REGION: region,
    LANDFALL_SWAP_FROM: blue,
    LANDFALL_SWAP_TO: green,
    LANDFALL_SWAP_ADDRESSES: named.addresses.join(' '),
    LANDFALL_SWAP_VOLUMES: named.volumes.join(' '),
  };
  return await childFails({ argv: ['/bin/sh', '-c', command], env, endsRest: false }, patience, context);
}
