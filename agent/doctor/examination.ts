import type { Fault } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import { findSequences } from '../daemon/followed-sequences.ts';
import { openImds } from '../daemon/grounds.ts';
import type { Host } from '../daemon/host.ts';
import { openRegion } from '../daemon/region-access.ts';
import { readIdentity, type Identity } from '../identity/identity.ts';
import { imdsEndpoint, type Imds } from '../identity/imds.ts';
import { readRangesFile } from '../settings/ip-ranges-file.ts';
import type { Settings } from '../settings/settings.ts';
import { clockOffset, judgeClock } from './clock-offset.ts';
import { checkEnvironment } from './environment.ts';
import { failure, good, note, warning, type DoctorFinding } from './finding.ts';
import { hopLimitFinding } from './hop-limit.ts';
import { HostRoot } from './host-root.ts';
import { examineLeaks } from './leaks.ts';
import { tableFinding } from './address-table.ts';
import { checkListening } from './listening.ts';
import { examineReach } from './reach.ts';
import { checkStatePlace } from './state-place.ts';
import { checkUnit } from './unit.ts';
import type { View } from './view.ts';

type Found = AsyncGenerator<DoctorFinding>;

/**
 * What on this host could lead to another region, then as far as a boot would come. Changes nothing: no lock is taken,
 * nothing is purged, so it can run beside the daemon. The first thing that would stop the boot ends the examination.
 * @param patience aborts what takes too long.
 * @param root the tests' own file system in place of this host's.
 */
export async function* examine(
  settings: Settings,
  host: Host,
  patience: AbortSignal,
  root: HostRoot = new HostRoot('/'),
): Found {
  const imds = openImds(host);
  try {
    const identity = imds.kind === 'ok' ? await identityOf(imds.value, settings, patience) : imds;
    const home = identity.kind === 'ok' ? identity.value.region : undefined;
    yield* checkEnvironment(host.env, settings.credentials, false, home);
    const table = settings.ipRanges === '' ? undefined : await readRangesFile(settings.ipRanges);
    if (table) yield tableFinding(table, settings.ipRanges);
    const regionOf = table?.kind === 'ok' ? { regionOf: table.value.regionOf } : {};
    yield* examineLeaks(root, settings.stateDir, { ...viewOf(identity, host), ...regionOf });
    yield await checkListening(settings);
    yield* checkStatePlace(settings, host.uid);
    yield* checkUnit(root);
    if (identity.kind !== 'ok') yield failure('metadata', identity.fault);
    else if (imds.kind === 'ok')
      yield* examineInstance(identity.value, imds.value, settings, host, patience, root);
  } catch (error) {
    if (!patience.aborted) throw error;
    yield failure('time', TOO_LONG);
  } finally {
    if (imds.kind === 'ok') imds.value.close();
  }
}

/** A metadata service that takes too long is no reason not to look at the disk. */
async function identityOf(
  imds: Imds,
  { identityCertificates }: Settings,
  patience: AbortSignal,
): Promise<Outcome<Identity>> {
  try {
    return await readIdentity(imds, patience, identityCertificates);
  } catch (error) {
    if (!patience.aborted) throw error;
    return { kind: 'retry', fault: TOO_LONG };
  }
}

function viewOf(identity: Outcome<Identity>, { env }: Host): View {
  const ownHome = env['HOME'];
  const own = ownHome === undefined ? {} : { ownHome };
  if (identity.kind !== 'ok') return { home: { kind: 'unknown' }, isImage: false, ...own };
  const { region, instanceId } = identity.value;
  return { home: { kind: 'region', region }, isImage: false, instanceId, ...own };
}

async function* examineInstance(
  identity: Identity,
  imds: Imds,
  settings: Settings,
  host: Host,
  patience: AbortSignal,
  root: HostRoot,
): Found {
  yield* identityFindings(identity);
  yield hopLimitFinding(root);
  const endpoint = imdsEndpoint(host.env);
  const offset = endpoint.kind === 'ok' ? await clockOffset(endpoint.value, host.clock, patience) : undefined;
  if (offset !== undefined) yield judgeClock(offset);
  const clients = await openRegion(identity, imds, settings, host);
  if (clients.kind !== 'ok') {
    yield failure('endpoints', clients.fault);
    return;
  }
  yield good('endpoints', `every AWS call goes to ${identity.region}`);
  try {
    const sequences = await findSequences(settings, identity, host.uid);
    yield* examineReach({ identity, imds, clients: clients.value, settings, sequences }, host, patience);
  } finally {
    clients.value.close();
  }
}

function* identityFindings(identity: Identity): Generator<DoctorFinding> {
  const { instanceId, region, zone, account, signature, provenBy, warnings } = identity;
  yield good('metadata', `IMDSv2 answers: ${instanceId} in ${region} (${zone}), account ${account}`);
  for (const says of warnings) yield warning('metadata', says);
  yield provenBy === undefined
    ? note('identity', 'nothing proves that the identity document comes from AWS', IDENTITY_HINT)
    : good('identity', `the certificate ${provenBy.slice(0, 23)}... vouches for the identity document`);
  if (signature === undefined) {
    yield warning(
      'seal',
      'the metadata service gives no signature: no value is kept across restarts',
      'Nothing to do on EC2; a stand-in for IMDS has to serve dynamic/instance-identity/signature.',
    );
  } else {
    yield good('seal', 'state is sealed with the instance identity signature');
  }
}

const IDENTITY_HINT =
  "Set LANDFALL_IDENTITY_CERTIFICATES to AWS's RSA certificates, where something else might answer as the metadata service.";

const TOO_LONG: Fault = {
  code: 'LF_IMDS_UNREACHABLE',
  operation: 'examine',
  subject: 'this instance',
  cause: 'the metadata service took too long',
  hint: 'Look at the network of this instance, and try again.',
};
