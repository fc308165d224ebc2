import { LandfallError, type Fault } from '#kit/errors.ts';
import { fail, ok, retry, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import { pinnedClientConfig, type ClientParts } from './client-config.ts';

/** An instance has at most 50 tags of its own, and AWS may add a few. */
const MAX_PAGES = 4;

/** `DescribeTags` for one instance: name to value, as they are spelled. Never rejects. */
export async function describeTags(
  parts: ClientParts,
  instanceId: string,
  signal: AbortSignal,
): Promise<Outcome<ReadonlyMap<string, string>>> {
  const { EC2Client, DescribeTagsCommand } = await import('./ec2-client.ts');
  const client = new EC2Client(pinnedClientConfig(parts));
  const tags = new Map<string, string>();
  try {
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const command = new DescribeTagsCommand({
        Filters: [{ Name: 'resource-id', Values: [instanceId] }],
        ...(token === undefined ? {} : { NextToken: token }),
      });
      const answer = await client.send(command, { abortSignal: signal });
      for (const { Key, Value } of answer.Tags ?? []) if (Key !== undefined) tags.set(Key, Value ?? '');
      token = answer.NextToken || undefined;
      if (token === undefined) return ok(tags);
    }
    return retry(fault(instanceId, 'the tags fill more pages than an instance can have', AGAIN));
  } catch (error) {
    return refusalOf(error, parts, instanceId);
  }
}

const AGAIN = 'The agent tries again by itself.';

const DENIED = new Set(['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException', 'OptInRequired']);

const CREDENTIALS = new Set(['AuthFailure', 'InvalidClientTokenId', 'RequestExpired', 'ExpiredToken']);

function refusalOf(error: unknown, { credentials }: ClientParts, instanceId: string): Retry | Fail {
  if (error instanceof LandfallError) {
    return error.fault.code === 'LF_REGION_CALL' ? fail(error.fault) : retry(error.fault);
  }
  const name = error instanceof Error ? error.name : String(error);
  if (CREDENTIALS.has(name)) credentials.invalidate();
  if (DENIED.has(name)) {
    const hint =
      'Enable instance tags in the metadata service (aws ec2 modify-instance-metadata-options --instance-metadata-tags ' +
      'enabled), or allow the role ec2:DescribeTags on *.';
    return retry(fault(instanceId, `EC2 denies DescribeTags (${name})`, hint));
  }
  return retry(fault(instanceId, `EC2 does not answer DescribeTags (${reasonOf(error)})`, AGAIN));
}

/** The errno says more than the name where there is one: every network failure is an `Error`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function fault(instanceId: string, cause: string, hint: string): Fault {
  return { code: 'LF_TAGS_UNAVAILABLE', operation: 'read tags of', subject: instanceId, cause, hint };
}
