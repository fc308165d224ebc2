import { randomUUID } from 'node:crypto';
import type { OpsContext } from '../context.ts';
import { createPatience } from '../across/patience.ts';
import { createRegionalEc2 } from '../across/regional-clients.ts';
import { createBakeEc2 } from './bake-ec2.ts';
import type { BakeRequest } from './bake-request.ts';
import type { BakeParts } from './bake-run.ts';
import { givenRoot } from './given-root.ts';
import { mountedRoot } from './mounted-root.ts';
import { scanRoot } from './root-scan.ts';
import { thisInstance } from './this-instance.ts';

export interface BenchSetup {
  readonly region: string;
  /** As `stateFolderOf` gives it. */
  readonly folder: string;
  /** Where somebody else has mounted the root of the image; undefined: it is mounted at `mountPoint`. */
  readonly root: string | undefined;
  readonly mountPoint: string;
  /** Undefined: the image is only looked at. */
  readonly provision: BakeRequest['provision'] | undefined;
  readonly times: { readonly pollMs: number; readonly timeoutMs: number };
  /** What tokens of EC2 begin with. */
  readonly tokens: string;
}

/** What bakes and scans of images work with, open for as long as `work` takes. Nobody asked what changed: who does, adds it. */
export async function atBench<End>(
  { region, folder, root, mountPoint, provision, times, tokens }: BenchSetup,
  context: OpsContext,
  work: (parts: BakeParts) => Promise<End>,
): Promise<End> {
  const { clock, random, stop } = context;
  const client = createRegionalEc2(region, context);
  const patience = createPatience({ ...times, clock, random, stop });
  const say = (line: string): void => context.err(`${line}\n`);
  try {
    return await work({
      ec2: (how) => createBakeEc2(client, how),
      context,
      patience,
      folder,
      say,
      here: () => thisInstance(region, context, patience.signal),
      root:
        root === undefined
          ? mountedRoot({ provision, mountPoint, context, say })
          : givenRoot(root, provision, context),
      scan: (path) => scanRoot(path, region, { clock, signal: patience.signal }),
      changes: undefined,
      newToken: () => `${tokens}-${randomUUID()}`,
    });
  } finally {
    patience.end();
    client.destroy();
  }
}
