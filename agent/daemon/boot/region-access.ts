import { readFile } from 'node:fs/promises';
import { regionsNamedBy } from '#config-service';
import { errnoOrText } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { environmentCredentials } from '../../aws/environment-credentials.ts';
import { instanceCredentials } from '../../aws/instance-credentials.ts';
import { createRegionalClients, type RegionalClients } from '../../aws/regional-clients.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Imds } from '../../identity/imds.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Host } from '../runtime/host.ts';

/** Milliseconds. Connection and head are quick in a region or not at all; a body of 10 MiB may take its time. */
const LIMITS = { connectMs: 3000, firstByteMs: 5000, totalMs: 20_000 };

/** Clients of the region this instance is in, and of no other (law 2). No request is made yet. */
export async function openRegion(
  identity: Identity,
  imds: Imds,
  settings: Pick<Settings, 'credentials'>,
  host: Host,
): Promise<Outcome<RegionalClients>> {
  const bundle = await readBundle(host.env['AWS_CA_BUNDLE']);
  if (bundle.kind !== 'ok') return bundle;
  const { partition, region, dnsSuffix, account } = identity;
  return createRegionalClients({
    pin: { partition, region, dnsSuffix, account },
    env: host.env,
    ...(bundle.value === undefined ? {} : { ca: bundle.value }),
    load:
      settings.credentials === 'environment'
        ? environmentCredentials(host.env)
        : instanceCredentials((path) => imds.read(path)),
    regionsNamedBy,
    limits: LIMITS,
    clock: host.clock,
    random: host.random,
    logger: host.logger,
  });
}

async function readBundle(path: string | undefined): Promise<Outcome<string | undefined>> {
  if (!path) return ok(undefined);
  try {
    return ok(await readFile(path, 'utf8'));
  } catch (error) {
    return fail({
      code: 'LF_SETTINGS',
      operation: 'read',
      subject: `AWS_CA_BUNDLE ${path}`,
      cause: errnoOrText(error),
      hint: 'Name a readable file of PEM certificates, or unset it.',
    });
  }
}
