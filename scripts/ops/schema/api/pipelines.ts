import {
  byName,
  CODE,
  COUNT,
  DURATION,
  list,
  NUMBER,
  oneOf,
  orNull,
  record,
  ref,
  TEXT,
  TIME,
  told,
  type JsonSchema,
} from './shape.ts';

const FILE = record(
  {
    path: TEXT,
    location: TEXT,
    identity: told('`device:inode`', TEXT),
    offset: COUNT,
    acknowledged: COUNT,
    size: COUNT,
    lagBytes: COUNT,
  },
  { problem: told('an errno, while it cannot be read', TEXT) },
);

const SOURCE = record(
  {
    source: TEXT,
    group: TEXT,
    stream: TEXT,
    lastReadAt: orNull(TIME),
    lagMs: told('how old the last event was when it was read', orNull(NUMBER)),
    idleMs: orNull(NUMBER),
    ledger: ref('Ledger'),
  },
  { inheritedStream: TEXT },
);

const ENTRY = record(
  {
    entry: TEXT,
    kind: TEXT,
    ledger: ref('Ledger'),
    sources: list(SOURCE),
    troubles: list(TEXT),
    sourcesNotShown: COUNT,
  },
  {
    timestamps: record({ readable: COUNT, unreadable: COUNT }),
    files: list(FILE),
    filesNotShown: COUNT,
    lagBytes: COUNT,
    rotatedPending: COUNT,
    lost: told('bytes that are in no event, by cause', byName(COUNT)),
    nulls: COUNT,
    inherited: record({ bytes: COUNT }),
    refused: told('paths that cannot be looked at, with the errno', byName(TEXT)),
    listens: orNull(TEXT),
  },
);

const STREAM = record({
  group: TEXT,
  stream: TEXT,
  calls: COUNT,
  retries: COUNT,
  gathered: COUNT,
  batches: COUNT,
  trouble: orNull(record({ kind: TEXT, code: TEXT, since: TIME })),
});

const GROUP = record({
  group: TEXT,
  setting: TEXT,
  trouble: TEXT,
  action: orNull(TEXT),
  code: orNull(TEXT),
  expected: orNull(TEXT),
  found: orNull(TEXT),
});

const LOGS = record({
  heldBytes: COUNT,
  checkpoints: oneOf('ok', 'failing'),
  entries: list(ENTRY),
  waiting: list(record({ entry: TEXT, needs: TEXT })),
  streams: list(STREAM),
  groups: told('what of a log group is not as the plan has it', list(GROUP)),
});

const STATSD = record({
  port: orNull(COUNT),
  packets: COUNT,
  samples: COUNT,
  malformed: COUNT,
  lastMalformed: orNull(TEXT),
  ignored: COUNT,
  kernelDrops: COUNT,
  overflow: COUNT,
});

const METRICS = record({
  namespace: TEXT,
  profile: TEXT,
  interval: DURATION,
  waitingFor: orNull(TEXT),
  sampledAt: orNull(TIME),
  series: COUNT,
  cost: record({ dollarsPerMonth: NUMBER, dollarsPerSeries: NUMBER }),
  taken: COUNT,
  sent: COUNT,
  requests: COUNT,
  failedRequests: COUNT,
  failing: orNull(TEXT),
  queue: record({ memory: COUNT, disk: COUNT, records: COUNT }),
  dropped: told('data points by cause', byName(COUNT)),
  hangingMounts: list(TEXT),
  mountsNotThere: list(TEXT),
  statsd: orNull(STATSD),
});

/** `pipelines` of the status. */
export const PIPELINES = record(
  {},
  {
    logs: LOGS,
    metrics: METRICS,
    refused: told(
      'sections of the plan that are not followed',
      byName(record({ code: CODE, cause: TEXT, hint: TEXT })),
    ),
  },
);

const REJECTED = record({ tooOld: ref('Amount'), tooNew: ref('Amount'), expired: ref('Amount') });
const SAMPLE = record({ at: NUMBER, bytes: COUNT, end: COUNT, code: TEXT });

export const LEDGER_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Amount: record({ events: { type: 'integer' }, bytes: { type: 'integer' } }),
  Ledger: told(
    'where every event went: `read` is the sum of the others',
    record({
      read: ref('Amount'),
      acknowledged: ref('Amount'),
      filtered: ref('Amount'),
      rejected: REJECTED,
      quarantined: ref('Amount'),
      lost: byName(ref('Amount')),
      inFlight: ref('Amount'),
      samples: list(SAMPLE),
    }),
  ),
};
