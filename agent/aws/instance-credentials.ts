import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';
import type { Fault } from '#kit/errors.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';
import { credentialsFault, type Credentials, type LoadCredentials } from './credentials.ts';

/** Reads one item of the metadata service over IMDSv2; undefined when there is no such item. */
export type ReadMetadata = (path: string) => Promise<Outcome<string | undefined>>;

/** The name of the instance's role. */
export const ROLE_PATH = 'latest/meta-data/iam/security-credentials/';

const ATTACH = 'Attach an instance profile with a role to the instance.';

/**
 * The credentials of the instance's role, over the metadata client this process already has.
 *
 * Not `fromInstanceMetadata` of @aws-sdk/credential-providers (read at 3.1169 / imds 4.5.2): it takes the address of the
 * metadata service from `~/.aws/config` of the image, under AWS_PROFILE, unless the process environment names one, and no
 * option turns that off (law 1). It also opens three connections and a new token for every refresh, cannot be aborted,
 * and reports any failure to get a token as "v1 fallback has been blocked".
 */
export function instanceCredentials(read: ReadMetadata): LoadCredentials {
  return async () => {
    const listing = await read(ROLE_PATH);
    if (listing.kind !== 'ok') return unanswered(listing.fault);
    const role = listing.value?.split('\n', 1)[0]?.trim() ?? '';
    if (role === '') return withoutRole();
    const document = await read(ROLE_PATH + role);
    if (document.kind !== 'ok') return unanswered(document.fault);
    return document.value === undefined ? withoutRole() : parse(document.value, role);
  };
}

// Each failure is worth another try: a profile may be attached, and IMDS may answer, while the instance runs.

function withoutRole(): Outcome<Credentials> {
  return retry(credentialsFault('the instance has no role', ATTACH));
}

function unanswered({ cause, hint }: Fault): Outcome<Credentials> {
  return retry(credentialsFault(cause, hint));
}

function parse(text: string, role: string): Outcome<Credentials> {
  const item = jsonObject(text);
  const { Code: code, AccessKeyId, SecretAccessKey, Token, Expiration } = item;
  if (code !== undefined && code !== 'Success') {
    const hint = `Check that role ${role} exists and that its trust policy lets the EC2 service assume it.`;
    return retry(credentialsFault(`the role ${role} gives none (${JSON.stringify(code)})`, hint));
  }
  const expiration = typeof Expiration === 'string' ? Date.parse(Expiration) : NaN;
  const complete = [AccessKeyId, SecretAccessKey, Token].every(
    (part) => typeof part === 'string' && part !== '',
  );
  if (!complete || Number.isNaN(expiration)) {
    return retry(credentialsFault(`the metadata service answers no credentials for role ${role}`, ATTACH));
  }
  return ok({
    accessKeyId: String(AccessKeyId),
    secretAccessKey: String(SecretAccessKey),
    sessionToken: String(Token),
    expiration,
  });
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = jsonOf(text);
  return isRecord(value) ? value : {};
}
