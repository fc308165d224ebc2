import { describeFault } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import type { BakeEc2, Builder } from './bake-ec2.ts';
import { bakeFault, failed } from './bake-halt.ts';

/** Who builds: named on the command line, or this instance. */
export interface Building {
  readonly region: string;
  readonly builder: string | undefined;
}

type Here = () => Promise<Outcome<string>>;

/** @throws BakeHalt */
export async function builderOf(building: Building, ec2: BakeEc2, here: Here): Promise<Builder> {
  const id = await builderId(building, here);
  const builder = await ec2.builder(id);
  if (builder?.state === 'running') return builder;
  const cause = builder ? `it is ${builder.state}` : `there is no such instance in ${building.region}`;
  throw failed(bakeFault('LF_BAKE_BUILDER', id, cause, 'Name one that runs in that region.'));
}

/** @throws BakeHalt */
export async function builderId({ builder }: Building, here: Here): Promise<string> {
  if (builder !== undefined) return builder;
  const found = await here();
  if (found.kind === 'ok') return found.value;
  const hint = 'Run it on the instance that builds, or name that with --builder.';
  throw failed(bakeFault('LF_BAKE_BUILDER', 'this machine', describeFault(found.fault), hint));
}
