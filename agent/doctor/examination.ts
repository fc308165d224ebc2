import type { IpRanges } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import { openImds } from '../daemon/boot/boot-context.ts';
import { openRegion } from '../daemon/boot/region-access.ts';
import { findSequences } from '../daemon/configuration/followed-sequences.ts';
import type { Host } from '../daemon/runtime/host.ts';
import { readIdentity, type Identity } from '../identity/identity.ts';
import { imdsEndpoint, type Imds } from '../identity/imds.ts';
import { readRangesFile } from '../settings/ip-ranges-file.ts';
import type { Settings } from '../settings/settings.ts';
import { failure, good, note, warning, type DoctorFinding } from './base/finding.ts';
import { HostRoot } from './base/host-root.ts';
import type { View } from './base/view.ts';
import { clockOffset, judgeClock } from './clock-offset.ts';
import { checkEnvironment } from './environment.ts';
import { examineLeaks } from './leaks.ts';
import { checkListening } from './listening.ts';
import { UNITS } from './places/systemd.ts';
import { examineReach } from './reach.ts';
import { checkStatePlace } from './state-place.ts';

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

/** The file that `ipRanges` names, by which the region of an address is told. */
function tableFinding(table: Outcome<IpRanges>, file: string): DoctorFinding {
  if (table.kind !== 'ok') return failure('ip ranges', table.fault);
  const { prefixes, createdAt } = table.value;
  return good('ip ranges', `${prefixes} networks in ${file}, of ${createdAt}`);
}

const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv', '/run/secrets/kubernetes.io'];

/**
 * What an answer of the metadata service proves. The limit itself is the TTL of the answer's packets and no item of the
 * service; Node does not show TTLs. Where it is too low the answer never comes, and the fault of `Imds` says so.
 */
function hopLimitFinding(root: HostRoot): DoctorFinding {
  return CONTAINER_MARKS.some((mark) => root.exists(mark))
    ? good('hop limit', 'the metadata service answers from inside this container: 2 or more')
    : good('hop limit', 'enough for this host; containers on it need 2');
}

const STARTS_US = /^\s*ExecStart\s*=\s*\S*\/landfall(\s|$)/m;

/** Whether systemd, where it runs, starts Landfall at boot. */
export function* checkUnit(root: HostRoot): Generator<DoctorFinding> {
  if (!root.exists('/run/systemd/system')) return;
  const units = UNITS.filter((pattern) => pattern.endsWith('.service'))
    .flatMap((pattern) => root.find(pattern))
    .map((path) => ({ path, text: root.read(path)?.toString('latin1') ?? '' }))
    .filter(({ text }) => STARTS_US.test(text));
  const [unit] = units;
  if (unit === undefined) {
    yield note('unit', 'no systemd unit starts landfall', 'docs/operating.md, "Boot", has one to copy.');
    return;
  }
  const name = unit.path.slice(unit.path.lastIndexOf('/') + 1);
  const isWanted = root.find(`/etc/systemd/system/*.wants/${name}`).length > 0;
  yield isWanted
    ? good('unit', `${name} starts landfall at boot`)
    : note('unit', `${name} is not started at boot`, `systemctl enable ${name}`);
  if (/^\s*Environment\s*=.*\bNODE_OPTIONS=/m.test(unit.text)) {
    yield note(
      'unit',
      `${name} sets NODE_OPTIONS, which the executable does not read`,
      `systemctl edit ${name}`,
    );
  }
}
