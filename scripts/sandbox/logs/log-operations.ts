import { GROUP_OPERATIONS } from './group-operations.ts';
import { METRIC_FILTER_OPERATIONS } from './metric-filter-operations.ts';
import { judgeBatch } from './log-batch.ts';
import { appendEvents } from './log-store.ts';
import type { LogStream } from './log-store.ts';
import { takePage, text, type LogsOperation } from './logs-call.ts';
import { alreadyExists, done, failed, invalid, notFound } from './logs-reply.ts';

const STREAM_NAME = /^[^:*]{1,512}$/;

/** CloudWatch Logs as far as a log shipper needs it, by operation name. */
export const LOGS_OPERATIONS: Readonly<Record<string, LogsOperation>> = {
  ...GROUP_OPERATIONS,
  ...METRIC_FILTER_OPERATIONS,

  CreateLogStream({ groups, asked, now }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    const name = text(asked, 'logStreamName');
    if (!STREAM_NAME.test(name)) return invalid('logStreamName');
    if (group.streams.has(name)) return alreadyExists('log stream');
    group.streams.set(name, { name, createdAt: now, events: [] });
    return done();
  },

  PutLogEvents({ groups, asked, now }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    const stream = group.streams.get(text(asked, 'logStreamName'));
    if (!stream) return notFound('log stream');
    const verdict = judgeBatch(asked['logEvents'], now, group.retentionDays);
    if (verdict.kind === 'refused') return failed('InvalidParameterException', verdict.problem);
    appendEvents(stream, verdict.events, now);
    // Sequence tokens have no meaning any more, but are still answered.
    const nextSequenceToken = String(stream.events.length).padStart(56, '4');
    return done({
      nextSequenceToken,
      ...(verdict.rejected ? { rejectedLogEventsInfo: verdict.rejected } : {}),
    });
  },

  DescribeLogStreams({ groups, asked }) {
    const group = groups.get(text(asked, 'logGroupName'));
    if (!group) return notFound('log group');
    const prefix = text(asked, 'logStreamNamePrefix');
    const page = takePage(
      [...group.streams.values()].filter(({ name }) => name.startsWith(prefix)),
      asked,
    );
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
