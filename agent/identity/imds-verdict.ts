import type { FaultCode } from '#kit/errors.ts';
import { fail, ok, retry, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import type { Answer, Ask, Exchange } from './imds-exchange.ts';

const MODIFY = 'aws ec2 modify-instance-metadata-options --instance-id ID';
const HINTS = {
  hopLimit: `A container is one hop further away; allow it: ${MODIFY} --http-put-response-hop-limit 2.`,
  unreachable:
    'Check that this is an EC2 instance, that no firewall or route hides the service, and AWS_EC2_METADATA_SERVICE_ENDPOINT if it is set.',
  disabled: `Turn it on: ${MODIFY} --http-endpoint enabled; or take away the local rule that forbids it.`,
  v1Only: `Landfall never speaks IMDSv1. Offer version 2: ${MODIFY} --http-tokens required, or replace the proxy that stands before the service.`,
  throttled: 'Find what else on this host asks it so often: IMDS, DNS and NTP share 1024 packets a second.',
  malformed: 'Check what AWS_EC2_METADATA_SERVICE_ENDPOINT points to: this is no metadata service.',
} as const;

/**
 * What the end of a token request means. Statuses: AWS EC2 User Guide, "Use IMDSv2", response codes. A service without
 * the token route (404, 405, 501) offers version 1 only: that is concluded, not probed, because the probe would be IMDSv1.
 */
export function judgeTokenRequest(ask: Ask, end: Exchange): Outcome<Answer> {
  const say = speaker(ask);
  if (end.kind === 'silence' && end.stage === 'connected') {
    const cause = `no answer: hop limit? (connected, then silent for ${end.timeoutMs} ms)`;
    return retry(say('LF_IMDS_UNREACHABLE', cause, HINTS.hopLimit));
  }
  if (end.kind !== 'answer') return judgeTransport(ask, end);
  if (end.status === 200) {
    if (/^[\x21-\x7e]{1,4096}$/.test(end.body)) return ok(end);
    return fail(say('LF_IMDS_MALFORMED', 'the answer is no session token', HINTS.malformed));
  }
  if ([404, 405, 501].includes(end.status)) {
    return fail(say('LF_IMDS_V1_ONLY', `it gives no session tokens (${end.status})`, HINTS.v1Only));
  }
  return judgeStatus(ask, end.status);
}

/** What the end of a read with a token means; 200, 404 (absent) and 401 (token no longer good) are answers. */
export function judgeRead(ask: Ask, end: Exchange): Outcome<Answer> {
  if (end.kind !== 'answer') return judgeTransport(ask, end);
  return [200, 401, 404].includes(end.status) ? ok(end) : judgeStatus(ask, end.status);
}

/** The service calls the token invalid that it gave for this very read. */
export function tokenRefused(url: string): Retry {
  const say = speaker({ method: 'GET', url });
  return retry(say('LF_IMDS_MALFORMED', 'it refuses the token it has just given (401)', HINTS.malformed));
}

function judgeStatus(ask: Ask, status: number): Retry | Fail {
  const say = speaker(ask);
  if (status === 403) return fail(say('LF_IMDS_DISABLED', 'it answers 403', HINTS.disabled));
  if (status === 429 || status >= 500) {
    return retry(say('LF_IMDS_THROTTLED', `it answers ${status}`, HINTS.throttled));
  }
  return fail(say('LF_IMDS_MALFORMED', `it answers ${status}`, HINTS.malformed));
}

function judgeTransport(ask: Ask, end: Exclude<Exchange, Answer>): Retry | Fail {
  const say = speaker(ask);
  if (end.kind === 'oversize') {
    const cause = `the answer is longer than ${end.maxBytes} bytes`;
    return fail(say('LF_IMDS_MALFORMED', cause, HINTS.malformed));
  }
  const cause = end.kind === 'silence' ? silenceCause(end.stage, end.timeoutMs) : brokenCause(end.errno);
  return retry(say('LF_IMDS_UNREACHABLE', cause, HINTS.unreachable));
}

function silenceCause(stage: 'connecting' | 'connected' | 'answering', timeoutMs: number): string {
  if (stage === 'connecting') return `no connection within ${timeoutMs} ms`;
  if (stage === 'connected') return `no answer within ${timeoutMs} ms`;
  return `the answer did not end within ${timeoutMs} ms`;
}

function brokenCause(errno: string): string {
  if (errno === 'ECONNREFUSED') return 'connection refused';
  if (errno === 'ECONNRESET') return 'the connection was cut';
  if (errno === 'EHOSTUNREACH' || errno === 'ENETUNREACH') return `no route (${errno})`;
  return `the exchange broke (${errno})`;
}

function speaker({ method, url }: Pick<Ask, 'method' | 'url'>) {
  const operation = method === 'PUT' ? 'request a token of' : 'read';
  return (code: FaultCode, cause: string, hint: string) => ({ code, operation, subject: url, cause, hint });
}
