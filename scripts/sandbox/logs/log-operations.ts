import { judgeBatch } from './log-batch.ts';
import { appendEvents } from './log-store.ts';
import type { LogGroup, LogStream } from './log-store.ts';

/** The result object of the operation, or the error that AWS would name. */
export type LogsReply =
  | { readonly kind: 'ok'; readonly body: object }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

export type LogsOperation = (context: LogsContext) => LogsReply;

export interface LogsContext {
  readonly groups: Map<string, LogGroup>;
  readonly asked: Readonly<Record<string, unknown>>;
  readonly region: string;
  readonly account: string;
  readonly now: number;
}

const GROUP_NAME = /^(?!aws\/)[a-zA-Z0-9_\-/.#]{1,512}$/;
const STREAM_NAME = /^[^:*]{1,512}$/;
const RETENTION_DAYS = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

/** CloudWatch Logs as far as a log shipper needs it, by operation name. */
export const LOGS_OPERATIONS: Readonly<Record<string, LogsOperation>> = {
  CreateLogGroup({ groups, asked, now }) {
    const name = text(asked, 'logGroupName');
    if (!GROUP_NAME.test(name)) return invalid('logGroupName');
    if (groups.has(name)) return alreadyExists('log group');
    const tags = (asked['tags'] ?? {}) as Readonly<Record<string, string>>;
    groups.set(name, { name, createdAt: now, tags, retentionDays: undefined, streams: new Map() });
    return done();
  },

  CreateLogStream({ groups, asked, now }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    const name = text(asked, 'logStreamName');
    if (!STREAM_NAME.test(name)) return invalid('logStreamName');
    if (group.streams.has(name)) return alreadyExists('log stream');
    group.streams.set(name, { name, createdAt: now, events: [] });
    return done();
  },

  PutRetentionPolicy({ groups, asked }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    const days = Number(asked['retentionInDays']);
    if (!RETENTION_DAYS.has(days)) return invalid('retentionInDays');
    group.retentionDays = days;
    return done();
  },

  PutLogEvents({ groups, asked, now }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    const stream = group.streams.get(text(asked, 'logStreamName'));
    if (!stream) return notFound('log stream');
    const verdict = judgeBatch(asked['logEvents'], now, group.retentionDays);
    if (verdict.kind === 'refused')
      return { kind: 'error', code: 'InvalidParameterException', message: verdict.problem };
    appendEvents(stream, verdict.events, now);
    // Sequence tokens have no meaning any more, but are still answered.
    const nextSequenceToken = String(stream.events.length).padStart(56, '4');
    return done({
      nextSequenceToken,
      ...(verdict.rejected ? { rejectedLogEventsInfo: verdict.rejected } : {}),
    });
  },

  DescribeLogGroups({ groups, asked, region, account }) {
    const page = takePage([...groups.values()], text(asked, 'logGroupNamePrefix'), asked);
    const logGroups = page.items.map((group) => ({
      logGroupName: group.name,
      creationTime: group.createdAt,
      ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
      metricFilterCount: 0,
      arn: `arn:aws:logs:${region}:${account}:log-group:${group.name}:*`,
      storedBytes: 0,
    }));
    return done({ logGroups, ...page.next });
  },

  DescribeLogStreams({ groups, asked }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    const page = takePage([...group.streams.values()], text(asked, 'logStreamNamePrefix'), asked);
    return done({ logStreams: page.items.map(describeStream), ...page.next });
  },

  GetLogEvents({ groups, asked }) {
    const stream = groups.get(text(asked, 'logGroupName'))?.streams.get(text(asked, 'logStreamName'));
    if (!stream) return notFound('log stream');
    const from = Number(asked['startTime'] ?? 0);
    const until = Number(asked['endTime'] ?? Number.POSITIVE_INFINITY);
    const all = stream.events.filter(({ timestamp }) => timestamp >= from && timestamp < until);
    const ordered = all.toSorted((a, b) => a.timestamp - b.timestamp);
    const limit = Math.min(Number(asked['limit'] ?? 10_000), 10_000);
    const token = /^[fb]\/(\d+)$/.exec(text(asked, 'nextToken'))?.[1];
    const start =
      token === undefined
        ? asked['startFromHead'] === true
          ? 0
          : Math.max(0, ordered.length - limit)
        : Number(token);
    const events = ordered.slice(start, start + limit);
    return done({
      events,
      nextForwardToken: `f/${start + events.length}`,
      nextBackwardToken: `b/${Math.max(0, start - limit)}`,
    });
  },
};

function describeStream(stream: LogStream): object {
  const times = stream.events.map((event) => event.timestamp);
  const seen = times.length === 0 ? {} : { firstEventTimestamp: times[0], lastEventTimestamp: times.at(-1) };
  return { logStreamName: stream.name, creationTime: stream.createdAt, storedBytes: 0, ...seen };
}

function takePage<T extends { readonly name: string }>(
  all: readonly T[],
  prefix: string,
  asked: Readonly<Record<string, unknown>>,
): { readonly items: readonly T[]; readonly next: { readonly nextToken?: string } } {
  const matching = all
    .filter(({ name }) => name.startsWith(prefix))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const start = Number(asked['nextToken'] ?? 0);
  const end = start + Math.min(Number(asked['limit'] ?? 50), 50);
  return { items: matching.slice(start, end), next: end < matching.length ? { nextToken: String(end) } : {} };
}

function text(asked: Readonly<Record<string, unknown>>, name: string): string {
  const value = asked[name];
  return typeof value === 'string' ? value : '';
}

function done(body: object = {}): LogsReply {
  return { kind: 'ok', body };
}

function invalid(name: string): LogsReply {
  return {
    kind: 'error',
    code: 'InvalidParameterException',
    message: `Value at '${name}' failed to satisfy constraint`,
  };
}

function notFound(what: string): LogsReply {
  return {
    kind: 'error',
    code: 'ResourceNotFoundException',
    message: `The specified ${what} does not exist.`,
  };
}

function alreadyExists(what: string): LogsReply {
  return {
    kind: 'error',
    code: 'ResourceAlreadyExistsException',
    message: `The specified ${what} already exists`,
  };
}
