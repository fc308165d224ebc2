import { PARTITION_TABLE } from './partition-table.ts';

/**
 * Whose name a host is. `aws`: an endpoint. `console`: AWS's web pages. `on-aws`: another vendor's service that says
 * on which AWS region it runs. `elsewhere`: other clouds, lookalikes and documentation, whose regions are not AWS's even
 * when they are spelt alike. `emulator`: a stand-in for AWS. `private`: anything else, also what has no domain.
 */
export type Owner = 'aws' | 'console' | 'on-aws' | 'elsewhere' | 'emulator' | 'private';

/** Every partition's suffixes, and the domains that single services answer under. `.aws` is Amazon's own. */
const AWS: readonly string[] = [
  ...PARTITION_TABLE.flatMap((partition) => [partition.dnsSuffix, partition.dualStackDnsSuffix]),
  'aws',
  'on.aws',
  'amazoncognito.com',
  'amazonlightsail.com',
  'amazonses.com',
  'amazonwebservices.com',
  'amplifyapp.com',
  'awsapprunner.com',
  'awsapps.com',
  'awsglobalaccelerator.com',
  'cloudfront.net',
  'compute.internal',
  'elasticbeanstalk.com',
  'elasticbeanstalk.com.cn',
];

const CONSOLES: readonly string[] = [
  'aws.amazon.com',
  'amazonaws.cn',
  'amazonaws-us-gov.com',
  'amazonaws.com.cn',
];

const ON_AWS: readonly string[] = [
  'aivencloud.com',
  'clickhouse.cloud',
  'cockroachlabs.cloud',
  'confluent.cloud',
  'databricks.com',
  'ec2.archive.ubuntu.com',
  'ec2.ports.ubuntu.com',
  'elastic-cloud.com',
  'found.io',
  'influxdata.com',
  'mongodb.net',
  'momentohq.com',
  'neon.tech',
  'pinecone.io',
  'psdb.cloud',
  'qdrant.io',
  'redis-cloud.com',
  'redislabs.com',
  'redns.redis-cloud.com',
  'snowflakecomputing.com',
  'supabase.co',
  'supabase.com',
  'temporal.io',
  'tidbcloud.com',
  'timescale.com',
  'upstash.io',
  'zillizcloud.com',
];

/** Object stores and clouds that borrowed AWS's way of naming regions. */
const OTHER_CLOUDS: readonly string[] = [
  'aliyun.com',
  'aliyuncs.com',
  'alibabacloud.com',
  'appdomain.cloud',
  'arubacloud.com',
  'azure.cn',
  'azure.com',
  'azure.net',
  'backblazeb2.com',
  'baidubce.com',
  'bcebos.com',
  'cloudflarestorage.com',
  'contabostorage.com',
  'digitalocean.com',
  'digitaloceanspaces.com',
  'dream.io',
  'exo.io',
  'exoscale.com',
  'filebase.com',
  'gcorelabs.com',
  'gcr.io',
  'googleapis.com',
  'hwclouds.com',
  'ibm.com',
  'idrivee2.com',
  'impossibleapi.net',
  'ionos.com',
  'ionoscloud.com',
  'jcloudcs.com',
  'jdcloud-api.com',
  'jdcloud-oss.com',
  'jdcloud.com',
  'ksyun.com',
  'ksyuncs.com',
  'leaseweb.com',
  'linode.com',
  'linodeobjects.com',
  'lyvecloud.seagate.com',
  'myhuaweicloud.com',
  'myhuaweicloud.eu',
  'huaweicloud.com',
  'myhwclouds.com',
  'myqcloud.com',
  'ncloudstorage.com',
  'oraclecloud.com',
  'otc.t-systems.com',
  'outscale.com',
  'outscale.hk',
  'ovh.net',
  'ovh.us',
  'ovhcloud.com',
  'pkg.dev',
  'qingstor.com',
  'run.app',
  'scaleway.com',
  'scw.cloud',
  'stackpathstorage.com',
  'storjshare.io',
  'synologyc2.net',
  'tencentcloudapi.com',
  'tencentcos.cn',
  'tigris.dev',
  'ucloud.cn',
  'ufileos.com',
  'upcloudobjects.com',
  'volces.com',
  'vultr.com',
  'vultrobjects.com',
  'wasabisys.com',
  'windows.net',
  'yandexcloud.net',
  'your-objectstorage.com',
];

/** Stand-ins for AWS on the developer's machine: they take any region's name and live in none. */
const EMULATORS: readonly string[] = [
  'localhost',
  'localdomain',
  'localstack.cloud',
  'localstack',
  'minio',
  'moto',
  'elasticmq',
  'lvh.me',
  'nip.io',
  'sslip.io',
];

/** Pages that people read. */
const READING: readonly string[] = [
  'atlassian.net',
  'bitbucket.org',
  'dev.to',
  'github.com',
  'github.io',
  'githubusercontent.com',
  'gitlab.com',
  'google.com',
  'medium.com',
  'npmjs.com',
  'npmjs.org',
  'pypi.org',
  'readthedocs.io',
  'reddit.com',
  'serverfault.com',
  'stackexchange.com',
  'stackoverflow.com',
  'superuser.com',
  'terraform.io',
  'twitter.com',
  'wikipedia.org',
  'ycombinator.com',
  'youtube.com',
];

const OWNERS: ReadonlyMap<string, Owner> = new Map([
  ...owned('elsewhere', [...OTHER_CLOUDS, ...READING]),
  ...owned('emulator', EMULATORS),
  ...owned('on-aws', ON_AWS),
  ...owned('console', CONSOLES),
  ...owned('aws', AWS),
]);

/** Bounds the look-up for names that are all dots. */
const MOST_LABELS = Math.max(...Array.from(OWNERS.keys(), (domain) => domain.split('.').length));

/** Suffixes that cannot stand in the middle of an honest name: `amazonaws.com.evil.example`. */
const UNMISTAKABLE: readonly string[] = AWS.filter(
  (suffix) => suffix.includes('.') && suffix !== 'compute.internal',
);

/** One host is asked about several times, by each of the names in it. */
let last: { readonly host: string; readonly owner: Owner } = { host: '', owner: 'private' };

export function ownerOf(host: string): Owner {
  if (host !== last.host) last = { host, owner: findOwner(host) };
  return last.owner;
}

function findOwner(host: string): Owner {
  const name = host.toLowerCase();
  const labels = name.split('.');
  for (let skip = Math.max(0, labels.length - MOST_LABELS); skip < labels.length; skip++) {
    const owner = OWNERS.get(labels.slice(skip).join('.'));
    if (owner) return owner;
  }
  if (name.startsWith('127.') || name === '0.0.0.0' || name === '[::1]') return 'emulator';
  // In a cluster an emulator goes by its service's name: `minio.default.svc.cluster.local`.
  if (EMULATORS.includes(labels[0] ?? '')) return 'emulator';
  if (/^(?:docs|blog|wiki|www|status)\./.test(name)) return 'elsewhere';
  if (labels.length < 2) return 'private';
  if (isLookalike(name, labels)) return 'elsewhere';
  return labels.includes('aws') || labels.includes('ec2') || /(?:^|[.-])aws-|-aws\./.test(name)
    ? 'on-aws'
    : 'private';
}

/** Dressed up as AWS, or a company's own `amazonaws` zone: in neither does the name lead to an AWS region. */
function isLookalike(name: string, labels: readonly string[]): boolean {
  if (UNMISTAKABLE.some((suffix) => name.includes(`.${suffix}.`) || name.startsWith(`${suffix}.`)))
    return true;
  const registrable = labels.slice(-2).join('.');
  return /amaz[o0]n|aws/.test(registrable) || /amaz[o0]naws/.test(name);
}

function owned(owner: Owner, domains: readonly string[]): [string, Owner][] {
  return domains.map((domain) => [domain, owner]);
}
