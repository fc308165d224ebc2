import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { describeTags } from '#agent/aws/ec2-tags.ts';
import { fail } from '#kit/outcome.ts';
import { callsAt } from '../support/aws-calls.ts';
import { loopbackServer } from '../support/loopback-server.ts';
import { documentationKeys, valueOf } from '../support/pinned.ts';

function tagsFrom(url: URL, signal = new AbortController().signal, credentials = documentationKeys()) {
  return describeTags(callsAt(url, { credentials }), 'i-0123456789abcdef0', signal);
}

function tags(pairs: Record<string, string>, nextToken = ''): string {
  const items = Object.entries(pairs).map(
    ([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`,
  );
  return `<DescribeTagsResponse><tagSet>${items.join('')}</tagSet><nextToken>${nextToken}</nextToken></DescribeTagsResponse>`;
}

function refusing(status: number, code: string): RequestListener {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'text/xml' });
    response.end(
      `<Response><Errors><Error><Code>${code}</Code><Message>m</Message></Error></Errors></Response>`,
    );
  };
}

describe('describeTags', () => {
  it('gathers all pages, names as they are spelled', async () => {
    const forms: URLSearchParams[] = [];
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      forms.push(new URLSearchParams(await text(request)));
      const isLast = forms.length > 1;
      response.end(isLast ? tags({ environment: '', Name: 'a &amp; b' }) : tags({ Role: 'web' }, 'n1'));
    };
    await using server = await loopbackServer((request, response) => {
      void answer(request, response);
    });
    const found = valueOf(await tagsFrom(server.url));
    expect([...found]).toEqual([
      ['Role', 'web'],
      ['environment', ''],
      ['Name', 'a & b'],
    ]);
    const [first, second] = forms;
    expect(Object.fromEntries(first ?? [])).toEqual({
      Action: 'DescribeTags',
      Version: '2016-11-15',
      'Filter.1.Name': 'resource-id',
      'Filter.1.Value.1': 'i-0123456789abcdef0',
    });
    expect(second?.get('NextToken')).toBe('n1');
    expect(server.seen[0]?.headers.authorization).toContain('/eu-west-1/ec2/aws4_request');
  });

  it('does not turn pages for ever', async () => {
    await using server = await loopbackServer((_, response) => void response.end(tags({}, 'again')));
    expect(await tagsFrom(server.url)).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_TAGS_UNAVAILABLE' },
    });
    expect(server.seen).toHaveLength(4);
  });

  it('says what to do when the role may not', async () => {
    await using server = await loopbackServer(refusing(403, 'UnauthorizedOperation'));
    const outcome = await tagsFrom(server.url);
    expect(outcome).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_TAGS_UNAVAILABLE', cause: expect.stringContaining('UnauthorizedOperation') },
    });
    expect(JSON.stringify(outcome)).toMatch(/instance-metadata-tags.*ec2:DescribeTags/);
    expect(server.seen).toHaveLength(1);
  });

  it('fetches new credentials after EC2 refused them', async () => {
    const credentials = documentationKeys();
    await using server = await loopbackServer(refusing(401, 'AuthFailure'));
    expect(await tagsFrom(server.url, undefined, credentials)).toMatchObject({ kind: 'retry' });
    expect(credentials.invalidations).toBe(1);
  });

  it('names a server error', async () => {
    await using server = await loopbackServer(refusing(500, 'InternalError'));
    expect(await tagsFrom(server.url)).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_TAGS_UNAVAILABLE', cause: expect.stringContaining('InternalError') },
    });
    expect(server.seen).toHaveLength(1);
  });

  it.each(['<html>login</html>', '<DescribeTagsResponse><tagSet><item><key>a</key>'])(
    'does not take %j for a list of tags',
    async (body) => {
      await using server = await loopbackServer((_, response) => void response.end(body));
      expect(await tagsFrom(server.url)).toMatchObject({
        kind: 'retry',
        fault: { code: 'LF_TAGS_UNAVAILABLE' },
      });
    },
  );

  it('names the errno when nothing listens', async () => {
    const gone = await loopbackServer(() => {});
    await gone[Symbol.asyncDispose]();
    expect(await tagsFrom(gone.url)).toMatchObject({
      kind: 'retry',
      fault: {
        code: 'LF_TAGS_UNAVAILABLE',
        cause: expect.stringContaining('ECONNREFUSED'),
        hint: expect.stringMatching(
          /no way to EC2.*--instance-metadata-tags enabled.*interface endpoint for EC2/,
        ),
      },
    });
  });

  it('hands the fault of the credentials through', async () => {
    await using server = await loopbackServer((_, response) => void response.end(tags({})));
    const fault = {
      code: 'LF_CREDENTIALS',
      operation: 'get',
      subject: 's',
      cause: 'no role',
      hint: 'attach',
    } as const;
    const broken = { ...documentationKeys(), get: () => Promise.resolve(fail(fault)) };
    expect(await tagsFrom(server.url, undefined, broken as never)).toEqual({ kind: 'retry', fault });
  });

  it('stops when asked to', async () => {
    const controller = new AbortController();
    await using server = await loopbackServer(() => {});
    const outcome = tagsFrom(server.url, controller.signal);
    await server.arrived(1);
    controller.abort();
    expect(await outcome).toMatchObject({ kind: 'retry', fault: { code: 'LF_TAGS_UNAVAILABLE' } });
  });
});
