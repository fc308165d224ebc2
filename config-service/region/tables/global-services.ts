import { regionFacts } from './partitions.ts';

/**
 * Services with one control plane per partition. Their hosts carry that plane's region (`ce.us-east-1.amazonaws.com`),
 * yet every region's instances must call exactly that host, so it ties nothing to a region. STS, S3, WAFv2 and ACM are
 * not among them: they have regional endpoints of their own.
 */
const ONE_PER_PARTITION: ReadonlySet<string> = new Set([
  'account',
  'aws-marketplace-management',
  'bcm-dashboards',
  'bcm-data-exports',
  'bcm-pricing-calculator',
  'bcm-recommended-actions',
  'billing',
  'billingconductor',
  'budgets',
  'ce',
  'cloudfront',
  'consoleapp',
  'cost-optimization-hub',
  'cur',
  'ecr-public',
  'freetier',
  'globalaccelerator',
  'health',
  'iam',
  'importexport',
  'invoicing',
  'marketplacecommerceanalytics',
  'mturk-requester',
  'mturk-requester-sandbox',
  'networkmanager',
  'organizations',
  'partnercentral-account',
  'partnercentral-benefits',
  'partnercentral-channel',
  'partnercentral-selling',
  'payments',
  'pricing',
  'route53',
  'route53-recovery-control-config',
  'route53-recovery-readiness',
  'route53domains',
  'savingsplans',
  'shield',
  'support',
  'support-app',
  'supportplans',
  'tax',
  'taxsettings',
  'trustedadvisor',
  'waf',
]);

/** Where the planes of each partition stand. The same service elsewhere, were there one, would be regional. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  aws: ['us-east-1', 'us-west-2'],
  'aws-cn': ['cn-north-1', 'cn-northwest-1'],
  'aws-us-gov': ['us-gov-west-1'],
  'aws-iso': ['us-iso-east-1'],
  'aws-iso-b': ['us-isob-east-1'],
  'aws-iso-e': ['eu-isoe-west-1'],
  'aws-iso-f': ['us-isof-south-1'],
  'aws-eusc': ['eusc-de-east-1'],
};

/** True when `service` (an endpoint's prefix or an ARN's third field) in `region` is the partition's only one. */
export function isGlobalPlane(service: string, region: string): boolean {
  const partition = regionFacts(region)?.partition;
  if (partition === undefined || !HOMES[partition]?.includes(region)) return false;
  return ONE_PER_PARTITION.has(service.replace(/-fips$/, ''));
}

/** True when `host` is the very endpoint of such a service: a name in front of another service's host is a customer's. */
export function isGlobalHost(host: string, region: string): boolean {
  const facts = regionFacts(region);
  if (!facts) return false;
  const [, service, suffix] = /^(?:api\.)?([a-z0-9-]+)\.([a-z0-9-]+\..*)$/.exec(host) ?? [];
  if (service === undefined || !isGlobalPlane(service, region)) return false;
  return suffix === `${region}.${facts.dnsSuffix}` || suffix === `${region}.${facts.dualStackDnsSuffix}`;
}
