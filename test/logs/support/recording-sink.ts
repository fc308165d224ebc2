import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { judgeBatch } from '#scripts/sandbox/logs/log-batch.ts';

export interface Received {
  readonly group: string;
  readonly stream: string;
  readonly at: number;
  readonly message: string;
}

/** What the sink does with one PutLogEvents before it judges it; undefined: nothing. */
export type Mischief = (call: Put) => Misdeed | undefined;

export interface Put {
  /** From 1, over all streams. */
  readonly number: number;
  readonly group: string;
  readonly stream: string;
  readonly messages: readonly string[];
}

export type Misdeed =
  | { readonly kind: 'refuse'; readonly status: number; readonly code: string }
  /** A body of somebody else; status 200 unless it says another. */
  | { readonly kind: 'answer'; readonly body: string; readonly type: string; readonly status?: number }
  /** Taken, and the connection cut. */
  | { readonly kind: 'lose' }
  | { readonly kind: 'reset' }
  /** Served when it is let go. */
  | { readonly kind: 'wait'; readonly until: Promise<void> };

/** CloudWatch Logs as a strict recorder: batches are judged by the rules of AWS, and every event taken is kept, in order. */
export interface RecordingSink extends AsyncDisposable {
  readonly url: URL;
  readonly received: readonly Received[];
  readonly puts: readonly Put[];
  readonly calls: readonly { readonly action: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** Keys are `group` and `group\nstream`. */
  readonly there: Set<string>;
  mischief: Mischief;
  /** What any other action is refused with, by its name. */
  readonly refusals: Map<string, { readonly status: number; readonly code: string }>;
  /** Messages AWS would refuse the whole batch for. */
  poison: (message: string) => boolean;
  messagesOf(stream: string): readonly string[];
}

export async function recordingSink(now: () => number, retentionDays?: number): Promise<RecordingSink> {
  const received: Received[] = [];
  const puts: Put[] = [];
  const calls: RecordingSink['calls'][number][] = [];
  const server = createServer((request, response) => {
    void serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    calls.push({ action, body });
    const reply = action === 'PutLogEvents' ? await put(body, request) : create(action, body);
    if (!reply) return;
    response.writeHead(reply.status, {
      'content-type': reply.type ?? 'application/x-amz-json-1.1',
      ...(reply.isForeign ? {} : { 'x-amzn-requestid': 'test' }),
    });
    response.end(reply.body);
  };
  const create = (action: string, body: Readonly<Record<string, unknown>>): Reply => {
    const refusal = sink.refusals.get(action);
    if (refusal) return refused(refusal.status, refusal.code);
    const group = String(body['logGroupName']);
    const stream = `${group}\n${String(body['logStreamName'])}`;
    if (action === 'CreateLogStream' && !sink.there.has(group))
      return refused(400, 'ResourceNotFoundException');
    if (action === 'PutRetentionPolicy') return { status: 200, body: '' };
    if (action === 'DescribeLogGroups') return described(String(body['logGroupNamePrefix']));
    const key = action === 'CreateLogStream' ? stream : group;
    if (sink.there.has(key)) return refused(400, 'ResourceAlreadyExistsException');
    sink.there.add(key);
    return { status: 200, body: '' };
  };
  const described = (logGroupName: string): Reply => {
    const arn = `arn:aws:logs:eu-west-1:111122223333:log-group:${logGroupName}:*`;
    return {
      status: 200,
      body: JSON.stringify({ logGroups: sink.there.has(logGroupName) ? [{ logGroupName, arn }] : [] }),
    };
  };
  const put = async (
    body: Readonly<Record<string, unknown>>,
    request: IncomingMessage,
  ): Promise<Reply | undefined> => {
    const group = String(body['logGroupName']);
    const stream = String(body['logStreamName']);
    const events = body['logEvents'] as readonly { readonly timestamp: number; readonly message: string }[];
    const call = { number: puts.length + 1, group, stream, messages: events.map(({ message }) => message) };
    puts.push(call);
    const misdeed = sink.mischief(call);
    if (misdeed?.kind === 'refuse') return refused(misdeed.status, misdeed.code);
    if (misdeed?.kind === 'answer') {
      return { status: misdeed.status ?? 200, body: misdeed.body, type: misdeed.type, isForeign: true };
    }
    if (misdeed?.kind === 'wait') await misdeed.until;
    if (misdeed?.kind === 'reset') {
      request.socket.resetAndDestroy();
      return undefined;
    }
    if (!sink.there.has(`${group}\n${stream}`)) return refused(400, 'ResourceNotFoundException');
    if (call.messages.some((message) => sink.poison(message)))
      return refused(400, 'InvalidParameterException');
    const verdict = judgeBatch(events, now(), retentionDays);
    if (verdict.kind === 'refused') return refused(400, 'InvalidParameterException');
    for (const { timestamp, message } of verdict.events)
      received.push({ group, stream, at: timestamp, message });
    if (misdeed?.kind === 'lose') {
      request.socket.resetAndDestroy();
      return undefined;
    }
    const rejected = verdict.rejected ? { rejectedLogEventsInfo: verdict.rejected } : {};
    return { status: 200, body: JSON.stringify({ nextSequenceToken: '1', ...rejected }) };
  };

  const sink: RecordingSink = {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    received,
    puts,
    calls,
    there: new Set(),
    mischief: () => undefined,
    refusals: new Map(),
    poison: () => false,
    messagesOf: (stream) => received.filter((one) => one.stream === stream).map(({ message }) => message),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return sink;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly isForeign?: boolean;
}

function refused(status: number, code: string): Reply {
  return { status, body: JSON.stringify({ __type: code, message: `refused with ${code}` }) };
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
  return JSON.parse(plain.toString('utf8')) as Readonly<Record<string, unknown>>;
}
