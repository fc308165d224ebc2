import {
  DEFAULT_LAYER_ORDER,
  isStoreLayer,
  selectLayers,
  type Facts,
  type ReleaseSequences,
} from '#config-service';
import type { RegionalClients } from '../aws/regional-clients.ts';
import type { Host } from '../daemon/runtime/host.ts';
import { createSourceOpener } from '../daemon/configuration/source-opener.ts';
import type { Identity } from '../identity/identity.ts';
import type { Imds } from '../identity/imds.ts';
import { factsOf, readTags, tagWarnings } from '../identity/tags.ts';
import type { Settings } from '../settings/settings.ts';
import { examineConfiguration } from './configuration.ts';
import { failure, good, note, warning, type DoctorFinding } from './base/finding.ts';

export interface Reach {
  readonly identity: Identity;
  readonly imds: Imds;
  readonly clients: RegionalClients;
  readonly settings: Settings;
  /** Sequences of the signed pointers that this instance followed. */
  readonly sequences: ReleaseSequences;
}

/** Credentials, tags and source: what a boot asks of the region it is in. */
export async function* examineReach(
  reach: Reach,
  host: Host,
  patience: AbortSignal,
): AsyncGenerator<DoctorFinding> {
  const { identity, imds, clients, settings } = reach;
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
  const source = await examineSource(reach, facts, patience);
  yield source;
  // What cannot be fetched cannot be looked into, and that was said.
  if (source.level === 'ok') yield* examineConfiguration(reach, settings, host, patience);
  if (settings.source.startsWith('s3:') && !settings.source.includes('{region}')) yield FIXED_SOURCE;
}

async function examineSource(
  { clients, settings, sequences }: Reach,
  facts: Facts,
  patience: AbortSignal,
): Promise<DoctorFinding> {
  const { region } = facts;
  const open = createSourceOpener({ settings, clients, region, seenRelease: false, sequences });
  const opened = open(facts);
  if (opened.kind !== 'ok') return failure('source', opened.fault);
  const order = settings.layers.length > 0 ? settings.layers : DEFAULT_LAYER_ORDER;
  // Other stores are read with the configuration.
  const selected = selectLayers(order, facts).selected.filter(({ name }) => !isStoreLayer(name));
  const { address, source } = opened.value;
  const fetched = await source.fetch({ layers: selected, previous: undefined, signal: patience });
  if (fetched.kind !== 'ok') return failure('source', fetched.fault);
  const present = fetched.value.layers.filter(({ files }) => files.length > 0).map(({ name }) => name);
  const has = present.join(', ') || 'no layer for this instance';
  return good('source', `${address} (${fetched.value.layout}) has ${has}`);
}

const TAGS_FROM_EC2 = note(
  'tags',
  'instance tags are not enabled in the metadata service; ec2:DescribeTags is used instead',
  'Run aws ec2 modify-instance-metadata-options --instance-metadata-tags enabled: faster, and one permission less.',
);

const FIXED_SOURCE = note(
  'source',
  'it does not hold {region}: an image of this host would ask this bucket from any region, and be refused',
  'Name the buckets alike and set LANDFALL_SOURCE such as s3://acme-config-{region}/payroll.',
);
