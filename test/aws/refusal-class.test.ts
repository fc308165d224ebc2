import { describe, expect, it } from 'vitest';
import { classifyRefusal } from '#agent/aws/refusal-class.ts';

describe('classifyRefusal', () => {
  it.each([
    ['ThrottlingException', 400, 'throttled'],
    ['Throttling', 400, 'throttled'],
    ['RequestLimitExceeded', 503, 'throttled'],
    ['LimitExceededException', 400, 'throttled'],
    ['Unheard', 429, 'throttled'],
    ['ServiceUnavailableException', 503, 'broken'],
    ['InternalFailure', 500, 'broken'],
    ['InternalServiceErrorException', 400, 'broken'],
    ['OperationAbortedException', 400, 'broken'],
    ['Unheard', 502, 'broken'],
    ['Unheard', 408, 'broken'],
    ['ExpiredTokenException', 400, 'credentials'],
    ['UnrecognizedClientException', 400, 'credentials'],
    ['InvalidSignatureException', 403, 'credentials'],
    ['RequestExpired', 400, 'credentials'],
    ['InvalidClientTokenId', 403, 'credentials'],
    ['AuthFailure', 401, 'credentials'],
    ['Unheard', 401, 'credentials'],
    ['AccessDeniedException', 400, 'denied'],
    ['UnauthorizedOperation', 403, 'denied'],
    ['Unheard', 403, 'denied'],
    ['ResourceNotFoundException', 400, 'missing'],
    ['InvalidAllocationID.NotFound', 400, 'missing'],
    ['ParameterNotFound', 400, 'missing'],
    ['Unheard', 404, 'missing'],
    ['ResourceAlreadyExistsException', 400, 'exists'],
    ['ResourceExistsException', 400, 'exists'],
    ['Resource.AlreadyAssociated', 400, 'exists'],
    ['InvalidPermission.Duplicate', 400, 'exists'],
    ['InvalidParameterException', 400, 'invalid'],
    ['ValidationError', 400, 'invalid'],
  ] as const)('%s with %i is %s', (code, status, expected) => {
    expect(classifyRefusal(code, status)).toBe(expected);
  });
});
