import { identityDocument, signatureOf } from './identity-document.ts';
import type { InstanceFacts } from './identity-document.ts';

const MAC = '02:00:00:00:00:01';

/** The parts of the tree that may change while the instance runs. */
export interface LiveMetadata {
  readonly tags: ReadonlyMap<string, string>;
  readonly tagsInMetadata: boolean;
  readonly signed: boolean;
  readonly userData: string | undefined;
  /** Absent: the instance has no role, and `iam/` is not there. */
  readonly role: { readonly name: string; readonly credentials: () => string } | undefined;
  /** Below `/latest/meta-data/`; `undefined` takes a path away. */
  readonly overrides: ReadonlyMap<string, string | undefined>;
}

/** The body at `path`, below `/latest/`: a value, or a listing of what lies under it; `undefined` is 404. */
export function lookUp(facts: InstanceFacts, live: LiveMetadata, path: string): string | undefined {
  const [root = '', ...rest] = path.split('/');
  if (root === '') return 'dynamic\nmeta-data\nuser-data';
  if (root === 'user-data') return live.userData;
  const below = rest.join('/').replace(/\/$/, '');
  if (root === 'dynamic') return find(dynamicTree(facts, live), below);
  return root === 'meta-data' ? find(metadataTree(facts, live), below) : undefined;
}

type Tree = ReadonlyMap<string, string | (() => string)>;

function find(tree: Tree, path: string): string | undefined {
  const value = tree.get(path);
  if (value !== undefined) return typeof value === 'string' ? value : value();
  const prefix = path === '' ? '' : `${path}/`;
  const names = new Set<string>();
  for (const key of tree.keys()) {
    if (!key.startsWith(prefix)) continue;
    const [name = '', ...deeper] = key.slice(prefix.length).split('/');
    names.add(deeper.length > 0 ? `${name}/` : name);
  }
  return names.size === 0 ? undefined : [...names].toSorted().join('\n');
}

function dynamicTree(facts: InstanceFacts, live: LiveMetadata): Tree {
  const document = identityDocument(facts);
  const tree = new Map<string, string | (() => string)>([['instance-identity/document', document]]);
  if (!live.signed) return tree;
  for (const kind of ['signature', 'pkcs7', 'rsa2048'] as const) {
    tree.set(`instance-identity/${kind}`, () => signatureOf(kind, document));
  }
  return tree;
}

function metadataTree(facts: InstanceFacts, live: LiveMetadata): Tree {
  const tree = new Map<string, string | (() => string)>(Object.entries(fixedMetadata(facts)));
  if (live.role) {
    const profile = `arn:aws:iam::${facts.account}:instance-profile/${live.role.name}`;
    tree.set('iam/info', JSON.stringify({ Code: 'Success', InstanceProfileArn: profile }));
    tree.set(`iam/security-credentials/${live.role.name}`, live.role.credentials);
  }
  if (live.tagsInMetadata) for (const [key, value] of live.tags) tree.set(`tags/instance/${key}`, value);
  for (const [path, value] of live.overrides) {
    if (value === undefined) tree.delete(path);
    else tree.set(path, value);
  }
  return tree;
}

function fixedMetadata(facts: InstanceFacts): Readonly<Record<string, string>> {
  const host = `ip-${facts.privateIp.replaceAll('.', '-')}.${facts.region}.compute.internal`;
  const card = `network/interfaces/macs/${MAC}`;
  const { partition, domain } = partitionOf(facts.region);
  return {
    'ami-id': facts.imageId,
    'ami-launch-index': '0',
    'autoscaling/target-lifecycle-state': 'InService',
    'events/maintenance/scheduled': '[]',
    hostname: host,
    'instance-action': 'none',
    'instance-id': facts.instanceId,
    'instance-life-cycle': 'on-demand',
    'instance-type': facts.instanceType,
    'local-hostname': host,
    'local-ipv4': facts.privateIp,
    mac: MAC,
    [`${card}/device-number`]: '0',
    [`${card}/interface-id`]: 'eni-0123456789abcdef0',
    [`${card}/local-ipv4s`]: facts.privateIp,
    [`${card}/mac`]: MAC,
    [`${card}/owner-id`]: facts.account,
    [`${card}/subnet-id`]: 'subnet-0123456789abcdef0',
    [`${card}/subnet-ipv4-cidr-block`]: '10.0.0.0/16',
    [`${card}/vpc-id`]: 'vpc-0123456789abcdef0',
    [`${card}/vpc-ipv4-cidr-block`]: '10.0.0.0/8',
    'placement/availability-zone': facts.zone,
    'placement/region': facts.region,
    'reservation-id': 'r-0123456789abcdef0',
    'security-groups': 'default',
    'services/domain': domain,
    'services/partition': partition,
  };
}

/** The product has a generated table of all regions; the stand-in knows the prefixes, and shares no code with what it tests. */
const PARTITIONS: readonly (readonly [prefix: string, partition: string, domain: string])[] = [
  ['cn-', 'aws-cn', 'amazonaws.com.cn'],
  ['us-gov-', 'aws-us-gov', 'amazonaws.com'],
  ['us-isob-', 'aws-iso-b', 'sc2s.sgov.gov'],
  ['us-isof-', 'aws-iso-f', 'csp.hci.ic.gov'],
  ['us-iso-', 'aws-iso', 'c2s.ic.gov'],
  ['eu-isoe-', 'aws-iso-e', 'cloud.adc-e.uk'],
  ['eusc-', 'aws-eusc', 'amazonaws.eu'],
];

function partitionOf(region: string): { readonly partition: string; readonly domain: string } {
  const [, partition = 'aws', domain = 'amazonaws.com'] =
    PARTITIONS.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return { partition, domain };
}
