import { DEFAULT_LAYER_ORDER, selectLayers, type Facts } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import type { RegionalClients } from '../aws/regional-clients.ts';
import { openImds } from '../daemon/grounds.ts';
import type { Host } from '../daemon/host.ts';
import { openRegion } from '../daemon/region-access.ts';
import { createSourceOpener } from '../daemon/source-opener.ts';
import { readIdentity, type Identity } from '../identity/identity.ts';
import type { Imds } from '../identity/imds.ts';
import { factsOf, readTags, tagWarnings } from '../identity/tags.ts';
import type { Settings } from '../settings/settings.ts';
import { checkEnvironment } from './environment.ts';
import { failure, good, warning, type DoctorFinding } from './finding.ts';
import { checkSharedFiles } from './shared-files.ts';

type Found = AsyncGenerator<DoctorFinding>;

/**
 * Looks as far as a boot would come, and changes nothing: no lock is taken, nothing is purged, so it can run beside the
 * daemon. The first thing that would stop the boot ends the examination.
 * @param patience aborts what takes too long.
 */
export async function* examine(settings: Settings, host: Host, patience: AbortSignal): Found {
  yield* checkEnvironment(host.env, settings.credentials);
  yield* await checkSharedFiles();
  const imds = openImds(host);
  if (imds.kind !== 'ok') {
    yield failure('metadata', imds.fault);
    return;
  }
  try {
    yield* examineInstance(imds.value, settings, host, patience);
  } catch (error) {
    if (!patience.aborted) throw error;
    yield failure('time', TOO_LONG);
  } finally {
    imds.value.close();
  }
}

async function* examineInstance(imds: Imds, settings: Settings, host: Host, patience: AbortSignal): Found {
  const identity = await readIdentity(imds, patience);
  if (identity.kind !== 'ok') {
    yield failure('metadata', identity.fault);
    return;
  }
  yield* identityFindings(identity.value);
  const clients = await openRegion(identity.value, imds, settings, host);
  if (clients.kind !== 'ok') {
    yield failure('endpoints', clients.fault);
    return;
  }
  yield good('endpoints', `every AWS call goes to ${identity.value.region}`);
  try {
    yield* examineAccess(identity.value, imds, clients.value, settings, patience);
  } finally {
    clients.value.close();
  }
}

function* identityFindings(identity: Identity): Generator<DoctorFinding> {
  const { instanceId, region, zone, account, signature, warnings } = identity;
  yield good('metadata', `IMDSv2 answers: ${instanceId} in ${region} (${zone}), account ${account}`);
  for (const says of warnings) yield warning('metadata', says);
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

async function* examineAccess(
  identity: Identity,
  imds: Imds,
  clients: RegionalClients,
  settings: Settings,
  patience: AbortSignal,
): Found {
  const credentials = await clients.credentials.get(patience);
  if (credentials.kind === 'ok') yield good('credentials', 'the role gives credentials');
  else yield failure('credentials', credentials.fault);
  const describe = (signal: AbortSignal) => clients.describeTags(identity.instanceId, signal);
  const reading = await readTags(imds, describe, patience);
  if (reading.kind !== 'ok') {
    yield failure('tags', reading.fault);
    return;
  }
  const { tags, from } = reading.value;
  yield from === 'imds' ? good('tags', 'instance tags are enabled in the metadata service') : TAGS_FROM_EC2;
  for (const says of tagWarnings(tags, settings)) yield warning('tags', says);
  const facts = factsOf(identity, tags, settings);
  yield good('tags', `role ${facts.role ?? 'none'}, environment ${facts.environment ?? 'none'}`);
  yield await examineSource(clients, facts, settings, patience);
}

async function examineSource(
  clients: RegionalClients,
  facts: Facts,
  settings: Settings,
  patience: AbortSignal,
): Promise<DoctorFinding> {
  const open = createSourceOpener({ settings, clients, region: facts.region, seenRelease: false });
  const opened = open(facts);
  if (opened.kind !== 'ok') return failure('source', opened.fault);
  const order = settings.layers.length > 0 ? settings.layers : DEFAULT_LAYER_ORDER;
  const { selected } = selectLayers(order, facts);
  const { address, source } = opened.value;
  const fetched = await source.fetch({ layers: selected, previous: undefined, signal: patience });
  if (fetched.kind !== 'ok') return failure('source', fetched.fault);
  const present = fetched.value.layers.filter(({ files }) => files.length > 0).map(({ name }) => name);
  const has = present.join(', ') || 'no layer for this instance';
  return good('source', `${address} (${fetched.value.layout}) has ${has}`);
}

const TAGS_FROM_EC2: DoctorFinding = {
  check: 'tags',
  level: 'note',
  says: 'instance tags are not enabled in the metadata service; ec2:DescribeTags is used instead',
  wayOut:
    'Run aws ec2 modify-instance-metadata-options --instance-metadata-tags enabled: faster, and one permission less.',
};

const TOO_LONG: Fault = {
  code: 'LF_IMDS_UNREACHABLE',
  operation: 'examine',
  subject: 'this instance',
  cause: 'the metadata service took too long',
  hint: 'Look at the network of this instance, and try again.',
};
