import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { argvOf } from '#agent/apply/commands/interpreter.ts';
import { oneLine } from '#agent/console/terminal.ts';
import { readIdentity } from '#agent/identity/identity.ts';
import { Imds, imdsEndpoint } from '#agent/identity/imds.ts';
import { errnoOrText } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { childFails } from '../across/child-run.ts';
import { createPatience } from '../across/patience.ts';
import { createRegionalEc2 } from '../across/regional-clients.ts';
import type { OpsContext } from '../console/context.ts';
import { createBakeEc2 } from './bake-ec2.ts';
import { bakeFault } from './bake-halt.ts';
import type { BakeRequest } from './bake-request.ts';
import type { BakeParts } from './bake-run.ts';
import type { RootKeeper } from './image-root.ts';
import { mountedRoot } from './mounted-root.ts';
import { scanRoot } from './root-scan.ts';

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
  const say = (line: string): void => context.err(`${oneLine(line)}\n`);
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
      leaveBeside: () => Promise.resolve(),
      newToken: () => `${tokens}-${randomUUID()}`,
    });
  } finally {
    patience.end();
    client.destroy();
  }
}

/** The id of the instance this runs on, which has to be in the region that is worked in. */
async function thisInstance(
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

/** A root that somebody else has mounted, and unmounts: nothing is mounted or changed around it. */
export function givenRoot(
  path: string,
  provision: BakeRequest['provision'] | undefined,
  context: Pick<OpsContext, 'env' | 'err' | 'clock'>,
): RootKeeper {
  const argv = provision && argvOf(provision.content, provision.path);
  const env = { ...context.env, LANDFALL_ROOT: path };
  return {
    course: provision ? [`run ${provision.path} in ${path}`] : [],
    unready: async () => {
      const cause = await stat(path).then(
        (status) => (status.isDirectory() ? undefined : 'it is no folder'),
        errnoOrText,
      );
      if (cause === undefined) return undefined;
      return bakeFault('LF_BAKE_BUILDER', `--root ${path}`, cause, 'Mount the root of the image there.');
    },
    open: () =>
      Promise.resolve({
        path,
        provision: async (patience) =>
          argv && (await childFails({ argv, cwd: path, env, endsRest: true }, patience, context)),
        close: () => Promise.resolve(),
      }),
    leave: () => Promise.resolve(),
  };
}
