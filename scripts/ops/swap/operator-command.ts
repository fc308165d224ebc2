import type { OpsContext } from '../console/context.ts';
import { childFails } from '../across/child-run.ts';
import type { Patience } from '../across/patience.ts';
import type { Pair } from './holdings.ts';
import type { Named } from './reading.ts';

/** What a command of the operator is about, and who hears it. */
export interface OperatorCommand {
  readonly command: string;
  readonly pair: Pair;
  readonly named: Named;
  /** What it prints to stdout; to ours for errors when left out. */
  readonly hear?: (text: string) => void;
}

/**
 * Runs a command in the operator's own shell and environment: undefined once it ended with 0, else why not. What it starts in the
 * background stays.
 */
export async function commandFails(
  { command, pair: { region, blue, green }, named, hear }: OperatorCommand,
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
  const child = { argv: ['/bin/sh', '-c', command] as const, env, endsRest: false };
  return await childFails(hear ? { ...child, hear } : child, patience, context);
}
