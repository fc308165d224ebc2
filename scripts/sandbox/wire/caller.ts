import type { IncomingHttpHeaders } from 'node:http';

/**
 * Who signed a request, as far as the stand-in looks: that SigV4 is present and complete, for which service and region, and
 * that credentials it handed out itself have not expired. The signature's bytes are not recomputed: any secret is good.
 */
export interface Caller {
  readonly standing: 'signed' | 'unsigned' | 'malformed' | 'expired';
  /** From the credential scope, absent when there is none. */
  readonly service?: string;
  readonly region?: string;
}

const SCOPE = /^[^/\s]+\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/;
const UNSIGNED: Caller = { standing: 'unsigned' };
const MALFORMED: Caller = { standing: 'malformed' };

export function identifyCaller(headers: IncomingHttpHeaders, query: URLSearchParams, nowMs: number): Caller {
  const authorization = headers.authorization;
  const presigned = authorization === undefined && query.has('X-Amz-Signature');
  if (authorization === undefined && !presigned) return UNSIGNED;
  const scope = SCOPE.exec(
    presigned ? (query.get('X-Amz-Credential') ?? '') : credentialOf(authorization ?? ''),
  );
  if (!scope?.[2] || !scope[3]) return MALFORMED;
  const token = presigned ? query.get('X-Amz-Security-Token') : headers['x-amz-security-token'];
  const standing = typeof token === 'string' && expired(token, nowMs) ? 'expired' : 'signed';
  return { standing, region: scope[2], service: scope[3] };
}

/** Session tokens of our IMDS carry their own end, so that the AWS side needs no list of them. */
export function sessionToken(instanceId: string, expiresAtMs: number): string {
  return `sandbox.${instanceId}.${expiresAtMs}`;
}

function expired(token: string, nowMs: number): boolean {
  const end = /^sandbox\.[^.]+\.(\d+)$/.exec(token)?.[1];
  return end !== undefined && Number(end) <= nowMs;
}

function credentialOf(authorization: string): string {
  const complete = /^AWS4-HMAC-SHA256 (?=.*\bSignedHeaders=[^,\s]+)(?=.*\bSignature=[0-9a-f]+)/.test(
    authorization,
  );
  return (complete && /\bCredential=([^,\s]+)/.exec(authorization)?.[1]) || '';
}
