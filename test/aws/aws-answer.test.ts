import { describe, expect, it } from 'vitest';
import { readJsonAnswer, readQueryAnswer } from '#agent/aws/aws-answer.ts';
import type { HttpAnswer } from '#agent/aws/http.ts';

function answer(status: number, body: string, headers: Record<string, string> = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body: Buffer.from(body) };
}

describe('readJsonAnswer', () => {
  it.each([
    ['the namespace', { __type: 'com.amazonaws.logs#ThrottlingException' }, {}],
    ['the suffix', { __type: 'ThrottlingException:http://internal.amazon.com/x#y/' }, {}],
    ['the header first', { __type: 'Other' }, { 'x-amzn-errortype': 'ThrottlingException:http://x/' }],
    ['the field code', { code: 'ThrottlingException' }, {}],
  ])('reads the code of an error: %s', (_, body, headers) => {
    const read = readJsonAnswer(answer(400, JSON.stringify({ ...body, message: 'Rate exceeded' }), headers));
    expect(read).toMatchObject({
      kind: 'refused',
      code: 'ThrottlingException',
      class: 'throttled',
      message: 'Rate exceeded',
      json: body,
    });
  });

  it('reads an error whose code is in the header alone, and a message in capitals', () => {
    const headers = { 'x-amzn-errortype': 'AccessDeniedException' };
    expect(readJsonAnswer(answer(400, '', headers))).toMatchObject({ code: 'AccessDeniedException' });
    expect(readJsonAnswer(answer(400, '{"__type":"X","Message":"m"}'))).toMatchObject({ message: 'm' });
  });

  it.each([
    [413, 'invalid'],
    [500, 'broken'],
    [403, 'denied'],
  ])('takes %i without a code for a refusal when it bears the request id of AWS', (status, refusal) => {
    for (const body of ['', '<html></html>', '{}']) {
      expect(readJsonAnswer(answer(status, body, { 'x-amzn-requestid': 'r' }))).toMatchObject({
        kind: 'refused',
        status,
        code: 'UnknownError',
        class: refusal,
      });
      expect(readJsonAnswer(answer(status, body))).toEqual({ kind: 'foreign' });
    }
  });

  it('takes an empty body of success only from AWS', () => {
    expect(readJsonAnswer(answer(200, '', { 'x-amzn-requestid': 'r' }))).toEqual({
      kind: 'ok',
      json: {},
      text: '',
    });
    expect(readJsonAnswer(answer(200, ''))).toEqual({ kind: 'foreign' });
  });

  it.each([
    [200, '<html>Log in to continue</html>'],
    [200, '["a"]'],
    [200, '{"nextSequenceToken":'],
    [302, ''],
    [500, '<html>Internal Server Error</html>'],
    [503, '{"error":"no upstream"}'],
  ])('does not take %i with %s for an answer of AWS', (status, body) => {
    expect(readJsonAnswer(answer(status, body))).toEqual({ kind: 'foreign' });
  });
});

describe('readQueryAnswer', () => {
  it('wants the document of the action, to its end', () => {
    const xml = '<?xml version="1.0"?>\n<AResponse xmlns="x"><r/></AResponse>\n';
    expect(readQueryAnswer(answer(200, xml), 'A')).toEqual({ kind: 'ok', json: xml, text: xml });
    expect(readQueryAnswer(answer(200, xml), 'B')).toEqual({ kind: 'foreign' });
    expect(readQueryAnswer(answer(200, xml.slice(0, -5)), 'A')).toEqual({ kind: 'foreign' });
  });

  it.each([
    [
      'EC2',
      '<Response><Errors><Error><Code>AuthFailure</Code><Message>no &amp; no</Message></Error></Errors></Response>',
    ],
    [
      'the others',
      '<ErrorResponse><Error><Code>AuthFailure</Code><Message>no &amp; no</Message></Error></ErrorResponse>',
    ],
  ])('reads an error as %s spell it', (_, xml) => {
    expect(readQueryAnswer(answer(401, xml), 'A')).toEqual({
      kind: 'refused',
      status: 401,
      code: 'AuthFailure',
      message: 'no & no',
      class: 'credentials',
      json: xml,
    });
  });

  it('does not take an error page for an answer of AWS', () => {
    expect(readQueryAnswer(answer(502, '<html>Bad Gateway</html>'), 'A')).toEqual({ kind: 'foreign' });
  });
});
