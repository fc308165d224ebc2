import type { RegionName } from './region-name.ts';
import { isGlobalPlane } from '../tables/global-services.ts';
import { isHost, judgeInHost, type Run } from './host.ts';
import { ownerOf } from '../tables/domains.ts';
import { verdict, type Verdict } from './finding.ts';

/** An ARN in a text: `arn:partition:service:region:account:resource`. The first four fields make it one. */
export interface Arn {
  readonly start: number;
  readonly end: number;
  readonly service: string;
  readonly regionStart: number;
  readonly regionEnd: number;
  /** Account and resource, as far as the text goes. */
  readonly rest: string;
}

/** A prefix to which a program adds account and name ends with the region. */
const HEAD =
  /(?<![A-Za-z0-9])arn:(?:aws[a-z-]*|\$\{[^}\s]{1,64}\}|\*):([A-Za-z0-9.-]{0,64}|\*):([^:\s"'`,;/&?|]{0,64})(:|(?=[\s"'`,;&?|]|$))/gi;

/**
 * What may follow in the same ARN. No resource's name has a blank, a quote, a bracket, or what separates lists and
 * parameters (IAM allows `+=,.@-_/`, and a comma starts the next of a list).
 */
const REST = /[^\s"'`,;<>|)&?#]{0,1024}/y;

/** In order of appearance. An ARN inside another's resource (API Gateway integrations) is listed after its host. */
export function arnsOf(text: string): readonly Arn[] {
  if (!/arn:/i.test(text)) return [];
  return Array.from(text.matchAll(HEAD), (match) => {
    const [head, service = '', region = '', colon = ''] = match;
    const headEnd = match.index + head.length;
    REST.lastIndex = headEnd;
    const rest = colon === '' ? '' : (REST.exec(text)?.[0] ?? '');
    const regionEnd = headEnd - colon.length;
    return {
      start: match.index,
      end: headEnd + rest.length,
      service: service.toLowerCase(),
      regionStart: regionEnd - region.length,
      regionEnd,
      rest,
    };
  });
}

/** The innermost ARN that holds `at`; with nested ones that is the one that started last. */
export function arnAround(arns: readonly Arn[], at: number): Arn | undefined {
  let low = 0;
  let high = arns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((arns[middle]?.start ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const last = arns[low - 1];
  return last && at < last.end ? last : undefined;
}

/**
 * The region field places a resource, and so does an AWS host that its name is made of (an OIDC provider is called after
 * its cluster's). What else a queue or a role is called says nothing; a bucket's name may hint.
 */
export function judgeInArn(arn: Arn, name: RegionName, run: Run): Verdict {
  if (name.start === arn.regionStart && name.end <= arn.regionEnd) {
    if (isGlobalArn(arn, name.region)) return null;
    return name.known ? verdict('error', 'arn') : verdict('warning', 'unknown-region');
  }
  if (isHost(run, name.end) && ownerOf(run.text) === 'aws') return judgeInHost(run, name);
  const isBucket = arn.service === 's3' && arn.regionStart === arn.regionEnd;
  return isBucket && name.known ? verdict('info', 'hint:bucket-name') : null;
}

function isGlobalArn(arn: Arn, region: string): boolean {
  // WAFv2 keeps CloudFront's ACLs in us-east-1 and says `global/` where a regional one says `regional/`.
  if (arn.service === 'wafv2') return /^[^:]*:global\//.test(arn.rest);
  // A Health event's ARN carries the region that the event is about.
  return arn.service !== 'health' && isGlobalPlane(arn.service, region);
}
