import type { Fault } from '#kit/errors.ts';
import { fail, ok, retry, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import type { AwsCalls, CallResult } from './aws-calls.ts';
import { childOf, readXml, textIn } from './xml.ts';

/** An instance has at most 50 tags of its own, and AWS may add a few. */
const MAX_PAGES = 4;

/**
 * `DescribeTags` for one instance: name to value, as they are spelled. Never rejects.
 * By hand like S3: on EC2 tags are not in the metadata unless somebody says so, hence this is the common case, and the SDK
 * client of EC2 takes 28 MiB of a daemon that may have 70 (docs/decisions/0002-hand-signed-s3.md).
 */
export async function describeTags(
  aws: Pick<AwsCalls, 'query'>,
  instanceId: string,
  signal: AbortSignal,
): Promise<Outcome<ReadonlyMap<string, string>>> {
  const asked = { 'Filter.1.Name': 'resource-id', 'Filter.1.Value.1': instanceId };
  const tags = new Map<string, string>();
  let next: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const params = next === undefined ? asked : { ...asked, NextToken: next };
    const result = await aws.query('ec2', 'DescribeTags', params, { signal, repeatable: true });
    if (result.kind !== 'ok') return unanswered(result, instanceId);
    const read = readTagPage(result.text);
    if (!read) return retry(fault(instanceId, 'the answer is no list of tags', AGAIN));
    for (const { key, value } of read.tags) tags.set(key, value);
    next = read.next;
    if (next === undefined) return ok(tags);
  }
  return retry(fault(instanceId, 'the tags fill more pages than an instance can have', AGAIN));
}

/** One answer to DescribeTags. */
interface TagPage {
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

/** Undefined when an entry has no name (EC2 API reference, DescribeTags). */
function readTagPage(text: string): TagPage | undefined {
  const response = readXml(text, ['DescribeTagsResponse']);
  if (typeof response === 'string') return undefined;
  const tags: { key: string; value: string }[] = [];
  for (const item of childOf(response, 'tagSet')?.children ?? []) {
    const key = textIn(item, 'key');
    if (key === undefined) return undefined;
    tags.push({ key, value: textIn(item, 'value') ?? '' });
  }
  return { tags, next: textIn(response, 'nextToken') || undefined };
}

const AGAIN = 'The agent tries again by itself.';

const ENABLE =
  'enable instance tags in the metadata service (aws ec2 modify-instance-metadata-options --instance-metadata-tags enabled)';
/** A subnet with a gateway endpoint for S3 and nothing else never reaches EC2. */
const WAY_ROUND = `If this subnet has no way to EC2, that never heals: ${ENABLE}, or give it an interface endpoint for EC2.`;

/** What is refused is always worth another try: a permission may be granted, and EC2 recover, while the instance runs. */
function unanswered(result: Exclude<CallResult, { kind: 'ok' }>, instanceId: string): Retry | Fail {
  const said = (cause: string, hint: string): Retry => retry(fault(instanceId, cause, hint));
  if (result.kind === 'unsent') {
    // A role may be attached while the instance runs; what the host guard forbids stays forbidden.
    const isForbidden = result.final && result.fault.code !== 'LF_CREDENTIALS';
    return isForbidden ? fail(result.fault) : retry(result.fault);
  }
  if (result.kind === 'failed') {
    // Where something else answered there is a way, and it is not the subnet's.
    const hint = result.status === undefined ? WAY_ROUND : result.fault.hint;
    return said(`EC2 does not answer DescribeTags: ${result.fault.cause}`, `${AGAIN} ${hint}`);
  }
  if (result.class !== 'denied') return said(`EC2 does not answer DescribeTags (${result.code})`, AGAIN);
  const hint = `Either ${ENABLE}, or allow the role ec2:DescribeTags on *.`;
  return said(`EC2 denies DescribeTags (${result.code})`, hint);
}

function fault(instanceId: string, cause: string, hint: string): Fault {
  return { code: 'LF_TAGS_UNAVAILABLE', operation: 'read tags of', subject: instanceId, cause, hint };
}
