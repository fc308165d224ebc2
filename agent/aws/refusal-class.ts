import type { RefusalClass } from './aws-calls.ts';

/**
 * What an AWS error means for whoever has to go on, by its code and, for a code that is not listed, by its status. The
 * codes are those of "Common Errors" of each service's API reference and of the SDKs' retry and clock-skew lists; one
 * thing has a different name in nearly every protocol.
 */
export function classifyRefusal(code: string, status: number): RefusalClass {
  const listed = LISTED.get(code);
  if (listed) return listed;
  // InvalidVolume.NotFound, NoSuchHostedZone, AddressAlreadyAssociated, InvalidGroup.Duplicate: EC2 alone has hundreds.
  if (/^NoSuch|NotFound(Exception)?$/.test(code)) return 'missing';
  if (/Already(Exists|Associated)|\.Duplicate$/.test(code)) return 'exists';
  if (status === 429) return 'throttled';
  if (status >= 500 || status === 408) return 'broken';
  if (status === 401) return 'credentials';
  if (status === 403) return 'denied';
  return status === 404 ? 'missing' : 'invalid';
}

const CODES: Readonly<Record<Exclude<RefusalClass, 'invalid'>, readonly string[]>> = {
  throttled: [
    'BandwidthLimitExceeded',
    'EC2ThrottledException',
    // Of a quota rather than of a rate: it passes too, though slowly and when somebody makes room.
    'LimitExceeded',
    'LimitExceededException',
    'PriorRequestNotComplete',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'ThrottledException',
    'Throttling',
    'ThrottlingException',
    'TooManyRequestsException',
    'TooManyUpdates',
  ],
  broken: [
    'InternalError',
    'InternalFailure',
    'InternalServerError',
    'InternalServiceError',
    'InternalServiceErrorException',
    'InternalServiceFault',
    // Somebody else creates the same thing at this moment.
    'OperationAbortedException',
    'RequestTimeout',
    'RequestTimeoutException',
    'ResourceContention',
    'ServiceUnavailable',
    'ServiceUnavailableException',
    'Unavailable',
  ],
  // Ran out, were rotated, not known yet, or the clock is off: the next ones may be good.
  credentials: [
    'AuthFailure',
    'ExpiredToken',
    'ExpiredTokenException',
    'IncompleteSignature',
    'IncompleteSignatureException',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'InvalidToken',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'RequestExpired',
    'RequestInTheFuture',
    'RequestTimeTooSkewed',
    'SignatureDoesNotMatch',
    'TokenRefreshRequired',
    'UnrecognizedClientException',
  ],
  denied: [
    'AccessDenied',
    'AccessDeniedException',
    'AuthorizationError',
    'AuthorizationErrorException',
    'NotAuthorized',
    'OptInRequired',
    'SubscriptionRequiredException',
    'UnauthorizedOperation',
  ],
  missing: ['ResourceNotFound', 'ResourceNotFoundException', 'ParameterVersionNotFound'],
  exists: ['ResourceExistsException', 'Resource.AlreadyAssociated'],
};

const LISTED: ReadonlyMap<string, RefusalClass> = new Map(
  (Object.entries(CODES) as [RefusalClass, readonly string[]][]).flatMap(([name, codes]) =>
    codes.map((code) => [code, name] as const),
  ),
);
