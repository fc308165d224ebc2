import type { FaultCode } from '#kit/errors.ts';
import { fail, retry, type Fail, type Retry } from '#kit/outcome.ts';
import type { RefusalClass } from './aws-calls.ts';
import type { Pin } from './pin.ts';
import { classifyRefusal } from './refusal-class.ts';
import type { S3Call } from './s3-call.ts';
import { denialOf } from './s3-denial.ts';
import type { FailureReason, HttpAnswer, HttpFailure } from './http.ts';
import { readError, type S3Error } from './s3-xml.ts';

type Refusal = Retry | Fail;

const MALFORMED_HINT =
  'Look for a proxy or captive portal between this instance and S3, and at AWS_ENDPOINT_URL*.';

const REFUSED_HINT =
  'S3 itself answered: look at the object, at how it is encrypted (a key of the customer cannot be given here) and at the bucket.';

const TRUNCATED_HINT = 'The agent tries again by itself; if it lasts, look for a proxy that cuts answers.';

const NETWORK_HINT =
  'The agent tries again by itself; if it lasts, check routes, the S3 gateway endpoint, security groups and HTTPS_PROXY.';

const UNREACHABLE = { code: 'LF_SOURCE_UNREACHABLE', hint: NETWORK_HINT } as const;

const FAILURES: Readonly<Record<FailureReason, { code: FaultCode; hint: string }>> = {
  aborted: { code: 'LF_SOURCE_UNREACHABLE', hint: 'Try again.' },
  dns: UNREACHABLE,
  malformed: { code: 'LF_SOURCE_MALFORMED', hint: MALFORMED_HINT },
  refused: UNREACHABLE,
  reset: UNREACHABLE,
  timeout: UNREACHABLE,
  tls: {
    code: 'LF_SOURCE_UNREACHABLE',
    hint: 'Set AWS_CA_BUNDLE if a proxy or endpoint has a certificate authority of its own.',
  },
  'too-large': { code: 'LF_OBJECT_TOO_LARGE', hint: 'Keep configuration objects small, or split them.' },
  truncated: { code: 'LF_SOURCE_TRUNCATED', hint: TRUNCATED_HINT },
  public: UNREACHABLE,
  unreachable: UNREACHABLE,
};

/**
 * Says what an answer that is neither content nor "not modified" means. Final is only what a change of settings or of the
 * bucket itself must mend; a permission, a key or a service may be mended while we keep asking.
 */
export function refusalOf(
  answer: HttpAnswer,
  call: S3Call,
  now: number,
): { readonly refusal: Refusal; readonly means: RefusalClass | undefined } {
  const error = readError(answer.body);
  // What is none of S3's own says nothing of the credentials.
  const means = error.code === '' ? undefined : classifyRefusal(error.code, answer.status);
  return { refusal: explained({ answer, error, means }, call, now), means };
}

interface ReadRefusal {
  readonly answer: HttpAnswer;
  readonly error: S3Error;
  readonly means: RefusalClass | undefined;
}

function explained({ answer, error, means }: ReadRefusal, call: S3Call, now: number): Refusal {
  const { status } = answer;
  const said = error.code === '' ? `HTTP ${status}` : `${error.code}, HTTP ${status}`;
  // S3 often knows better than any hint: principal, action and resource.
  const quoted = error.message === '' ? said : `${said}: ${error.message}`;
  const later = (code: FaultCode, cause: string, hint: string): Retry =>
    retry({ code, operation: call.operation, subject: call.subject, cause, hint }, retryAfter(answer, now));

  const elsewhere = otherRegion(answer, error, call.pin);
  if (elsewhere !== undefined) return wrongRegion(call, `${elsewhere} (${said})`);
  if (error.code === 'NoSuchBucket' || error.code === 'InvalidBucketName') return missingBucket(call, said);
  if (error.code === 'InvalidBucketOwnerAWSAccountID') return wrongOwner(call, said);
  if (means === 'credentials') {
    const hint =
      error.code === 'RequestTimeTooSkewed'
        ? 'The next try is signed by the time of S3. Set the clock all the same: check that chrony reaches the Amazon Time Sync Service.'
        : 'New credentials are fetched for the next try; if it lasts, check the instance profile and the clock.';
    return later('LF_CREDENTIALS', `S3 does not accept the credentials (${quoted})`, hint);
  }
  if (status === 429 || means === 'throttled') {
    const hint =
      'The agent backs off by itself; if it lasts, lengthen the interval or use the release layout.';
    return later('LF_SOURCE_THROTTLED', `S3 asks for fewer requests (${said})`, hint);
  }
  if (status === 403 || error.code.startsWith('KMS.')) {
    const { cause, hint } = denialOf(error, call);
    return later('LF_SOURCE_DENIED', `${cause} (${quoted})`, hint);
  }
  if (status >= 500 || status === 408 || means === 'broken') {
    return later('LF_SOURCE_UNREACHABLE', `S3 is in trouble (${said})`, 'The agent tries again by itself.');
  }
  if (error.code !== '' && status !== 404) {
    return later('LF_SOURCE_REFUSED', `S3 refuses it (${quoted})`, REFUSED_HINT);
  }
  return later('LF_SOURCE_MALFORMED', `the answer is none of S3's (${said})`, MALFORMED_HINT);
}

/** Classifies a call that brought no answer. */
export function failureOf(failure: HttpFailure, call: S3Call): Refusal {
  const { code, hint } = FAILURES[failure.reason];
  const fault = { code, operation: call.operation, subject: call.subject, cause: failure.detail, hint };
  return failure.reason === 'too-large' ? fail(fault) : retry(fault);
}

/** Content that came whole and is still not what it claims to be. */
export function mismatch(call: S3Call, header: string): Retry {
  return retry({
    code: 'LF_DIGEST_MISMATCH',
    operation: call.operation,
    subject: call.subject,
    cause: `the content does not match its ${header}`,
    hint: 'The agent tries again by itself; if it lasts, upload the object again.',
  });
}

/** Answered with success, in words S3 does not use. */
export function nonsense(call: S3Call, cause: string): Retry {
  const { operation, subject } = call;
  return retry({ code: 'LF_SOURCE_MALFORMED', operation, subject, cause, hint: MALFORMED_HINT });
}

/** Answered with success, by something that is not S3: nothing in a web page is configuration. */
export function htmlInstead(call: S3Call): Retry {
  const { operation, subject } = call;
  return retry({
    code: 'LF_SOURCE_HTML',
    operation,
    subject,
    cause: 'a web page came in its place (HTTP 200)',
    hint: `${MALFORMED_HINT} If the page lies there as an object, upload what was meant.`,
  });
}

/** An object that says it is packed, and cannot be read for that. */
export function packed(call: S3Call, coding: string): Retry {
  const { operation, subject } = call;
  return retry({
    code: 'LF_SOURCE_MALFORMED',
    operation,
    subject,
    cause: `the object is packed (Content-Encoding: ${coding}) and cannot be unpacked here`,
    hint: 'Upload it again, without Content-Encoding or with gzip.',
  });
}

export function unpacksTooLarge(call: S3Call, maxBytes: number): Fail {
  const { operation, subject } = call;
  const cause = `it is gzip, and unpacked more than ${maxBytes} bytes`;
  return fail({ code: 'LF_OBJECT_TOO_LARGE', operation, subject, cause, hint: FAILURES['too-large'].hint });
}

export function cutShort(call: S3Call, cause: string): Retry {
  const { operation, subject } = call;
  return retry({ code: 'LF_SOURCE_TRUNCATED', operation, subject, cause, hint: TRUNCATED_HINT });
}

/** The answer names another region for the bucket: also looked for in answers of success. */
export function wrongRegion(call: S3Call, cause: string): Fail {
  const { bucket, pin } = call;
  return fail({
    code: 'LF_REGION_BUCKET',
    operation: call.operation,
    subject: call.subject,
    cause,
    hint: `Use a bucket of ${pin.region}: write {region} into the name of the source (not ${bucket}), and replicate or publish to it.`,
  });
}

/** Only S3's own words count: a redirect of something in between is not evidence of a region. */
function otherRegion(answer: HttpAnswer, error: S3Error, pin: Pin): string | undefined {
  const named = [answer.headers['x-amz-bucket-region'], error.region].find(
    (region) => region && region !== pin.region,
  );
  if (named) return `the bucket is in ${named}, this instance is in ${pin.region}`;
  const redirected = ['PermanentRedirect', 'IllegalLocationConstraintException'].includes(error.code);
  return redirected ? `the bucket is not in ${pin.region}` : undefined;
}

function missingBucket(call: S3Call, said: string): Fail {
  return fail({
    code: 'LF_BUCKET_MISSING',
    operation: call.operation,
    subject: call.subject,
    cause: `there is no bucket ${call.bucket} (${said})`,
    hint: `Create it in ${call.pin.region} in account ${call.owner}, or correct LANDFALL_SOURCE.`,
  });
}

function wrongOwner(call: S3Call, said: string): Fail {
  return fail({
    code: 'LF_SOURCE_OWNER',
    operation: call.operation,
    subject: call.subject,
    cause: `${call.owner} cannot own a bucket (${said})`,
    hint: "Set LANDFALL_BUCKET_OWNER to the twelve digits of the bucket's account.",
  });
}

/** Milliseconds of a Retry-After, in seconds or as an HTTP date (RFC 9110, 10.2.3). */
function retryAfter({ headers }: HttpAnswer, now: number): number | undefined {
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return ms > 0 ? ms : undefined;
}
