/**
 * Whether a host, an ARN or a word has a part that AWS gave out in one region, beside the region's name: an account's RDS
 * suffix, the number of a load balancer, the id of an API. With another region in its place it names nothing.
 */
export function hasRegionalId(text: string): boolean {
  return GIVEN_OUT.test(text) || ownNamesOf(text).some((name) => name !== '');
}

/**
 * Ids by their form: of EC2's things (`vpce-0a1b...`, `fs-...`), UUIDs (KMS keys, certificates, brokers), long hex (load
 * balancers), user pools, the six letters that Secrets Manager puts behind a name, the address in an instance's host.
 */
const GIVEN_OUT = new RegExp(
  [
    '(?<![a-z0-9])[a-z]{1,8}-[0-9a-f]{8}(?:[0-9a-f]{9})?(?![0-9a-z])',
    '(?<![0-9a-f])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-f])',
    '(?<![0-9a-z])(?=[0-9a-f]*\\d)[0-9a-f]{16,40}(?![0-9a-z])',
    '(?<![a-z0-9])[a-z]{2}-(?:[a-z]+-)+\\d_[a-z0-9]{9}(?![a-z0-9])',
    ':secret:[^\\s:]+-[a-z0-9]{6}(?![a-z0-9])',
    '(?<![a-z0-9])(?:ec2|ip)(?:-\\d{1,3}){4}(?!\\d)',
    '-\\d{8,10}\\.(?:[a-z0-9-]+\\.)?elb\\.',
  ].join('|'),
  'i',
);

/**
 * Services that answer under a host of each resource's own, with an id in it. `rds.us-east-1.amazonaws.com` is the service
 * itself and has none.
 */
const OF_ONE_RESOURCE =
  'rds|cache|memorydb|docdb|neptune|redshift|redshift-serverless|dax-clusters|es|aoss|aos|kafka|kafka-serverless|' +
  'mq|execute-api|appsync-api|appsync-realtime-api|lambda-url|elb|efs|fsx|eks|iot|vpce|transfer|cloudsearch|' +
  'airflow|medialive|mediastore|mediapackage|kinesisvideo|codeartifact|emrnotebooks-prod|emrstudio-prod|notebook|' +
  'studio|grafana-workspace|aps-workspaces|elasticbeanstalk|awsapprunner|auth';
const SUFFIX =
  '(?:amazonaws\\.com(?:\\.cn)?|on\\.aws|api\\.aws|elasticbeanstalk\\.com|awsapprunner\\.com|amazoncognito\\.com)';

/** What stands in front of service and region in a host, in whichever order these two come. */
const RESOURCE_HOST = new RegExp(
  `([a-z0-9_.-]*?)\\.?(?<![a-z0-9_-])(?:(?:${OF_ONE_RESOURCE})\\.[a-z0-9-]+-\\d[a-z]?|[a-z0-9-]+-\\d[a-z]?\\.(?:${OF_ONE_RESOURCE})|` +
    `[a-z]{2,4}\\d\\.cache)\\.${SUFFIX}(?![a-z0-9-])|([a-z0-9_.-]+)\\.[a-z0-9-]+-\\d\\.(?:elasticbeanstalk\\.com|awsapprunner\\.com)`,
  'gi',
);

function ownNamesOf(text: string): readonly string[] {
  return Array.from(text.matchAll(RESOURCE_HOST), ([, before, beside]) => before ?? beside ?? '');
}
