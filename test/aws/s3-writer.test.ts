import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loopbackServer } from '../support/loopback-server.ts';
import { valueOf, writerAt } from '../support/pinned.ts';
import { page, s3 } from '../support/s3-faults.ts';

const BODY = Buffer.from('{"ok":true}\n');
const { signal } = new AbortController();

describe('s3 writer', () => {
  it('puts the bytes whole, signed with their hash, to the bucket of the owner', async () => {
    const bodies: Buffer[] = [];
    await using server = await loopbackServer((request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk));
      request.on('end', () => response.writeHead(200, { etag: '"e"' }).end());
    });
    valueOf(await writerAt(server.url).put('health/r 1/i-1.json', BODY, signal));
    expect(Buffer.concat(bodies)).toEqual(BODY);
    expect(server.seen[0]).toMatchObject({
      method: 'PUT',
      url: '/b/health/r%201/i-1.json',
      headers: {
        'content-length': String(BODY.length),
        'content-type': 'application/json',
        'x-amz-content-sha256': createHash('sha256').update(BODY).digest('hex'),
        'x-amz-expected-bucket-owner': '111122223333',
        authorization: expect.stringMatching(
          /\/eu-west-1\/s3\/aws4_request, SignedHeaders=content-type;host;/,
        ),
      },
    });
    expect(server.seen[0]?.headers).not.toHaveProperty('transfer-encoding');
  });

  it('says what it would take when it is denied', async () => {
    await using server = await loopbackServer(s3(403, 'AccessDenied'));
    expect(await writerAt(server.url).put('k', BODY, signal)).toMatchObject({
      kind: 'retry',
      fault: {
        code: 'LF_SOURCE_DENIED',
        operation: 'write',
        subject: 's3://b/k',
        hint: 'Allow the role s3:PutObject on arn:aws:s3:::b/k.',
      },
    });
  });

  it.each([
    [
      'a bucket of another region',
      s3(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'us-east-1' }),
      'LF_REGION_BUCKET',
    ],
    ['a success of another region', s3(200, '', { 'x-amz-bucket-region': 'us-east-1' }), 'LF_REGION_BUCKET'],
    ['no such bucket', s3(404, 'NoSuchBucket'), 'LF_BUCKET_MISSING'],
    ['a service in trouble', s3(503, 'ServiceUnavailable'), 'LF_SOURCE_UNREACHABLE'],
    ['a login page', page(302), 'LF_SOURCE_MALFORMED'],
  ])('takes %s for what it is', async (_, does, code) => {
    await using server = await loopbackServer(does);
    expect(await writerAt(server.url).put('k', BODY, signal)).toMatchObject({ fault: { code } });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a write over what was read', () => {
  it.each([
    [undefined, 'if-none-match', '*'],
    ['"e"', 'if-match', '"e"'],
  ])('asks for %s, and gives the new ETag', async (over, header, value) => {
    await using server = await loopbackServer((_, response) =>
      response.writeHead(200, { etag: '"f"' }).end(),
    );
    expect(valueOf(await writerAt(server.url).replace('k', BODY, over, signal))).toEqual({ etag: '"f"' });
    expect(server.seen[0]?.headers).toMatchObject({ [header]: value });
  });

  it.each([
    ['another is there', s3(412, 'PreconditionFailed'), 'met'],
    ['two writes meet', s3(409, 'ConditionalRequestConflict'), 'met'],
    ['none is there any more', s3(404, 'NoSuchKey'), 'met'],
  ])('says so when %s', async (_, does, said) => {
    await using server = await loopbackServer(does);
    expect(valueOf(await writerAt(server.url).replace('k', BODY, '"e"', signal))).toBe(said);
  });

  it.each([
    ['a denial', s3(403, 'AccessDenied'), 'LF_SOURCE_DENIED'],
    ['no such bucket', s3(404, 'NoSuchBucket'), 'LF_BUCKET_MISSING'],
    ['no ETag', s3(200, ''), 'LF_SOURCE_MALFORMED'],
  ])('takes %s for what it is', async (_, does, code) => {
    await using server = await loopbackServer(does);
    expect(await writerAt(server.url).replace('k', BODY, '"e"', signal)).toMatchObject({ fault: { code } });
  });
});
