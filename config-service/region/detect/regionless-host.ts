import { ownerOf } from '../tables/domains.ts';
import { PARTITION_TABLE } from '../tables/partition-table.ts';
import { REGION_OF_SHORT_CODE, SHORT_CODES } from '../tables/short-codes.ts';
import type { Finding, Severity } from './finding.ts';
import { asksForHost } from './host-setting.ts';
import { runAround } from './host.ts';
import { isProse } from './prose.ts';
import type { TextRole } from './text-role.ts';

/** AWS's first region wrote no region into its names, and those names still answer there. */
const FIRST_REGION = 'us-east-1';

/** A name ends here: no label follows, so `ec2.internal.example.com` is someone else's. */
const END = '(?![a-z0-9_-]|\\.[a-z0-9])';

const FIRST_REGION_HOST = new RegExp(
  '(?<![a-z0-9_-])(?:ec2\\.internal|compute-1\\.(?:internal|amazonaws\\.com)|s3-external-1\\.amazonaws\\.com)' +
    END,
  'gi',
);

/**
 * Endpoints of before there were regions. `ec2.amazonaws.com` and most others are service principals in a policy as
 * well, hence only a URL or a setting that asks for a host counts; `queue` and `sdb` are no principals.
 */
const LEGACY = new RegExp(
  '(?<![a-z0-9_.-])(queue|sdb|autoscaling|cloudformation|dynamodb|ec2|elasticache|elasticbeanstalk|' +
    `elasticloadbalancing|elasticmapreduce|email|kinesis|monitoring|rds|redshift|sns|sqs|swf)\\.amazonaws\\.com${END}`,
  'gi',
);

/** Environments from before 2016: `payroll.elasticbeanstalk.com`. Newer ones, and those elsewhere, have a region. */
const BEANSTALK = new RegExp(`(?<![a-z0-9_.-])[a-z0-9-]{1,63}\\.elasticbeanstalk\\.com${END}`, 'gi');
const NAMES_REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d\.|^elasticbeanstalk/i;

/** ElastiCache: `redis.abc123.ng.0001.use1.cache.amazonaws.com`. */
const CACHE = new RegExp(
  `(?<![a-z0-9_-])(${SHORT_CODES})\\.cache\\.(?:${PARTITION_TABLE.map(({ dnsSuffix }) => dnsSuffix.replaceAll('.', '\\.')).join('|')})${END}`,
  'gi',
);

/** People's own names follow AWS's habit: `redis-use1.example.internal`. */
const PRIVATE = new RegExp(`(?<![a-z0-9])(${SHORT_CODES})(?=[.-])(?!-az\\d|-wl\\d|-[a-z]{2,5}\\d-az)`, 'gi');
const DOMAIN = /\.[a-z]{2,24}$/i;
const FILE =
  /\.(?:bak|bin|conf|cfg|csv|deb|gz|jar|js|json|log|md|py|rpm|so|sh|tar|tf|tgz|txt|ya?ml|xml|zip)$/i;

/** Hosts that belong to a region although no region's name is in them. */
export function* regionlessHosts(text: string, role: TextRole): Generator<Finding> {
  for (const match of text.matchAll(FIRST_REGION_HOST))
    yield found(FIRST_REGION, 'host', 'error', match.index, match[0]);
  for (const match of text.matchAll(LEGACY)) {
    const isPrincipal = !/^(?:queue|sdb)$/i.test(match[1] ?? '');
    const before = text.slice(Math.max(0, match.index - 80), match.index);
    if (isPrincipal && !asksForHost(before)) continue;
    yield found(FIRST_REGION, 'legacy-host', 'error', match.index, match[0]);
  }
  for (const match of text.matchAll(BEANSTALK)) {
    if (!NAMES_REGION.test(match[0]))
      yield found(FIRST_REGION, 'legacy-host', 'error', match.index, match[0]);
  }
  yield* globalS3Hosts(text);
  for (const match of text.matchAll(CACHE)) {
    const region = REGION_OF_SHORT_CODE.get((match[1] ?? '').toLowerCase());
    if (region) yield found(region, 'host', 'error', match.index, match[1] ?? '');
  }
  for (const match of text.matchAll(PRIVATE)) {
    const end = match.index + match[0].length;
    const host = runAround(text, match.index, end);
    const region = REGION_OF_SHORT_CODE.get(match[0].toLowerCase());
    if (
      !region ||
      !host.text.includes('.', end - host.start) ||
      !DOMAIN.test(host.text) ||
      FILE.test(host.text)
    )
      continue;
    if (ownerOf(host.text) !== 'private' || isProse(text, host.start, host.end, role)) continue;
    yield found(region, 'hint:private-dns', 'info', match.index, match[0]);
  }
}

function found(region: string, kind: string, severity: Severity, start: number, text: string): Finding {
  return { region, kind, severity, start, end: start + text.length, text };
}

/**
 * S3's hosts of before there were regions, and accelerate: a request finds its way to a bucket in whatever region. Only
 * the standard partition has them.
 */
const HOST = /(?<![a-z0-9_-])s3(-accelerate)?(?:\.dualstack)?\.amazonaws\.com(?![a-z0-9_-]|\.[a-z0-9])/gi;

/** A bucket in front, or what a template puts one in for: `${bucket}.s3.amazonaws.com`. `*.s3.amazonaws.com` is all of them. */
const BUCKET = /(?:[a-z0-9_-]|[}\])>%])\.$/i;

/** By itself `s3.amazonaws.com` is a service in a policy, unless a host is asked for. */
function* globalS3Hosts(text: string): Generator<Finding> {
  for (const { index: start, 0: host, 1: accelerate } of text.matchAll(HOST)) {
    const before = text.slice(Math.max(0, start - 80), start);
    if (!BUCKET.test(before) && !asksForHost(before)) continue;
    const kind = `region-unknown:s3-${accelerate === undefined ? 'global' : 'accelerate'}-host`;
    yield { region: null, kind, severity: 'unknown', start, end: start + host.length, text: host };
  }
}
