import { describe, expect, test } from 'vitest';
import type { CallResult } from '#agent/aws/aws-calls.ts';
import { classifyRefusal } from '#agent/aws/refusal-class.ts';
import { putVerdict } from '#agent/logs/sink/put-verdict.ts';

const EVENTS = 10;

function refused(code: string, status = 400): CallResult {
  return { kind: 'refused', status, code, message: '', class: classifyRefusal(code, status), json: {} };
}

function ok(json: unknown): CallResult {
  return { kind: 'ok', json, text: '' };
}

function foreign(status?: number): CallResult {
  const fault = {
    code: 'LF_AWS_MALFORMED',
    operation: 'call',
    subject: 'logs',
    cause: 'none of logs',
    hint: '',
  } as const;
  return { kind: 'failed', fault, ...(status === undefined ? {} : { status }) };
}

function info(
  tooOldLogEventEndIndex?: unknown,
  expiredLogEventEndIndex?: unknown,
  tooNewLogEventStartIndex?: unknown,
) {
  return { tooOldLogEventEndIndex, expiredLogEventEndIndex, tooNewLogEventStartIndex };
}

describe('a refusal', () => {
  test.for<[string, number, string]>([
    ['ThrottlingException', 400, 'throttled'],
    ['Throttling', 400, 'throttled'],
    ['RequestLimitExceeded', 400, 'throttled'],
    ['ServiceUnavailableException', 503, 'broken'],
    ['InternalFailure', 500, 'broken'],
    ['InternalServiceFault', 500, 'broken'],
    ['OperationAbortedException', 400, 'broken'],
    ['InvalidSequenceTokenException', 400, 'broken'],
    ['UnknownError', 500, 'broken'],
    ['ExpiredTokenException', 400, 'credentials'],
    ['UnrecognizedClientException', 400, 'credentials'],
    ['InvalidSignatureException', 400, 'credentials'],
    ['MissingAuthenticationTokenException', 400, 'credentials'],
    ['AccessDeniedException', 400, 'denied'],
    ['UnknownError', 403, 'denied'],
    ['LimitExceededException', 400, 'quota'],
    ['UnknownOperationException', 400, 'refused'],
    ['UnknownError', 400, 'refused'],
  ])('%s with %i holds the stream: %s', ([code, status, trouble]) => {
    expect(putVerdict(refused(code, status), EVENTS)).toMatchObject({ kind: 'held', trouble, code });
  });

  test.for<[string, number]>([
    ['InvalidParameterException', 400],
    ['SerializationException', 400],
    ['ValidationException', 400],
    ['RequestEntityTooLargeException', 413],
    ['UnknownError', 413],
  ])('%s with %i is of an event, even the only one', ([code, status]) => {
    expect(putVerdict(refused(code, status), 1)).toEqual({ kind: 'rejectedWhole', code });
  });

  test('of a group or stream that is not there leads to its creation', () => {
    expect(putVerdict(refused('ResourceNotFoundException'), EVENTS)).toEqual({ kind: 'streamMissing' });
  });

  test('because it is there already is no refusal', () => {
    const there = putVerdict(refused('DataAlreadyAcceptedException'), EVENTS);
    expect(there).toEqual({ kind: 'taken', rejections: [] });
  });
});

describe('an answer that is not of AWS', () => {
  test.for([undefined, 200, 302, 400, 403, 404, 500, 502])('with status %s holds the stream', (status) => {
    const unreachable = { kind: 'held', trouble: 'unreachable', code: 'LF_AWS_MALFORMED' };
    expect(putVerdict(foreign(status), EVENTS)).toMatchObject(unreachable);
  });

  test('with 413 halves the batch, and gives up no event', () => {
    expect(putVerdict(foreign(413), 2)).toEqual({ kind: 'rejectedWhole', code: 'LF_AWS_MALFORMED' });
    expect(putVerdict(foreign(413), 1)).toMatchObject({ kind: 'held', trouble: 'unreachable' });
  });

  test.for([{ login: '/portal' }, { status: 'ok', error: null }])('in JSON holds it, too: %j', (json) => {
    expect(putVerdict(ok(json), EVENTS)).toMatchObject({ kind: 'held', trouble: 'unreachable' });
  });
});

describe('what AWS took', () => {
  test.for<[string, object, readonly (readonly [string, number, number])[]]>([
    ['nothing is rejected', info(), []],
    ['too old, before the end', info(3), [['tooOld', 0, 3]]],
    ['expired, from the start', info(undefined, 3), [['expired', 0, 3]]],
    [
      'expired beyond too old: each event once',
      info(2, 5),
      [
        ['tooOld', 0, 2],
        ['expired', 2, 5],
      ],
    ],
    ['expired within too old', info(5, 2), [['tooOld', 0, 5]]],
    ['expired as far as too old', info(5, 5), [['tooOld', 0, 5]]],
    ['too new, from there on', info(undefined, undefined, 8), [['tooNew', 8, 10]]],
    [
      'all three, with nothing between',
      info(2, 5, 5),
      [
        ['tooOld', 0, 2],
        ['expired', 2, 5],
        ['tooNew', 5, 10],
      ],
    ],
    [
      'too new from within what is too old',
      info(5, undefined, 3),
      [
        ['tooOld', 0, 5],
        ['tooNew', 5, 10],
      ],
    ],
    ['all of it too old', info(10), [['tooOld', 0, 10]]],
    ['all of it too new', info(undefined, undefined, 0), [['tooNew', 0, 10]]],
    ['more than there is', info(99, -1, 99), [['tooOld', 0, 10]]],
    ['what is no index', info('3', 2.5, null), []],
  ])('%s', ([, rejectedLogEventsInfo, rejections]) => {
    expect(putVerdict(ok({ nextSequenceToken: '1', rejectedLogEventsInfo }), EVENTS)).toEqual({
      kind: 'taken',
      rejections: rejections.map(([cause, from, to]) => ({ cause, from, to })),
    });
  });

  test.for([{}, { nextSequenceToken: '1' }, { rejectedEntityInfo: { errorType: 'InvalidEntity' } }])(
    'is all of it when the answer is %j',
    (json) => {
      expect(putVerdict(ok(json), EVENTS)).toEqual({ kind: 'taken', rejections: [] });
    },
  );
});
