import type { Clock } from '#kit/clock.ts';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, retry, type Outcome, type Retry } from '#kit/outcome.ts';
import type { CredentialSource } from './credentials.ts';
import { readTagPage } from './ec2-xml.ts';
import type { Endpoint } from './endpoint.ts';
import type { HttpAnswer } from './http.ts';
import type { Pin } from './pin.ts';
import { readQueryError } from './query-error.ts';
import { renderQuery, signRequest } from './signer.ts';
import type { Transport } from './transport.ts';

/** An instance has at most 50 tags of its own, and AWS may add a few. */
const MAX_PAGES = 4;
const MAX_PAGE_BYTES = 1024 * 1024;

export interface Ec2Parts {
  readonly pin: Pin;
  readonly endpoint: Endpoint;
  readonly credentials: CredentialSource;
  readonly transport: Transport;
  readonly clock: Clock;
}

/**
 * `DescribeTags` for one instance: name to value, as they are spelled. Never rejects.
 * By hand like S3: on EC2 tags are not in the metadata unless somebody says so, hence this is the common case, and the SDK
 * client of EC2 takes 28 MiB of a daemon that may have 70 (docs/decisions/0002-hand-signed-s3.md).
 */
export async function describeTags(
  parts: Ec2Parts,
  instanceId: string,
  signal: AbortSignal,
): Promise<Outcome<ReadonlyMap<string, string>>> {
  const tags = new Map<string, string>();
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await ask(parts, instanceId, token, signal);
    if (answer.kind !== 'ok') return answer;
    if (answer.value.status !== 200) return refusalOf(answer.value, parts, instanceId);
    const read = readTagPage(answer.value.body);
    if (!read) return retry(fault(instanceId, 'the answer is no list of tags', AGAIN));
    for (const { key, value } of read.tags) tags.set(key, value);
    token = read.next;
    if (token === undefined) return ok(tags);
  }
  return retry(fault(instanceId, 'the tags fill more pages than an instance can have', AGAIN));
}

async function ask(
  { pin, endpoint, credentials, transport, clock }: Ec2Parts,
  instanceId: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<HttpAnswer>> {
  const held = await credentials.get(signal);
  if (held.kind !== 'ok') return retry(held.fault);
  const query = {
    Action: 'DescribeTags',
    Version: '2016-11-15',
    'Filter.1.Name': 'resource-id',
    'Filter.1.Value.1': instanceId,
    ...(token === undefined ? {} : { NextToken: token }),
  };
  const path = endpoint.url.pathname;
  const unsigned = { method: 'GET', host: endpoint.url.host, path, query, headers: {} } as const;
  const headers = await signRequest('ec2', unsigned, held.value, pin.region, new Date(clock.now()));
  const result = await transport.send({
    origin: endpoint.url,
    path: `${path}?${renderQuery(query)}`,
    headers,
    maxBytes: MAX_PAGE_BYTES,
    signal,
  });
  if (result.kind === 'answer') return ok(result);
  if (result.kind === 'forbidden') return fail(result.fault);
  return retry(
    fault(instanceId, `EC2 does not answer DescribeTags: ${result.detail}`, `${AGAIN} ${WAY_ROUND}`),
  );
}

const AGAIN = 'The agent tries again by itself.';

const ENABLE =
  'enable instance tags in the metadata service (aws ec2 modify-instance-metadata-options --instance-metadata-tags enabled)';
/** A subnet with a gateway endpoint for S3 and nothing else never reaches EC2. */
const WAY_ROUND = `If this subnet has no way to EC2, that never heals: ${ENABLE}, or give it an interface endpoint for EC2.`;

const DENIED = new Set(['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException', 'OptInRequired']);

const CREDENTIALS = new Set(['AuthFailure', 'InvalidClientTokenId', 'RequestExpired', 'ExpiredToken']);

/** Always worth another try: a permission may be granted, and EC2 recover, while the instance runs. */
function refusalOf({ status, body }: HttpAnswer, { credentials }: Ec2Parts, instanceId: string): Retry {
  const code = readQueryError(body.toString('utf8'))?.code ?? `HTTP ${status}`;
  if (CREDENTIALS.has(code)) credentials.invalidate();
  if (!DENIED.has(code)) return retry(fault(instanceId, `EC2 does not answer DescribeTags (${code})`, AGAIN));
  const hint = `Either ${ENABLE}, or allow the role ec2:DescribeTags on *.`;
  return retry(fault(instanceId, `EC2 denies DescribeTags (${code})`, hint));
}

function fault(instanceId: string, cause: string, hint: string): Fault {
  return { code: 'LF_TAGS_UNAVAILABLE', operation: 'read tags of', subject: instanceId, cause, hint };
}
