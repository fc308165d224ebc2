import { PIPELINES } from './pipelines.ts';
import {
  byName,
  CODE,
  COUNT,
  DIGEST,
  DURATION,
  GENERATION,
  list,
  NUMBER,
  oneOf,
  orNull,
  record,
  ref,
  TEXT,
  TIME,
  told,
  TRUTH,
} from './shape.ts';

const PLACE = record({
  key: TEXT,
  region: TEXT,
  kind: TEXT,
  file: orNull(TEXT),
  line: orNull(COUNT),
});

const SIGHTED = record({ setting: TEXT, count: COUNT, places: list(PLACE) });

const IP_RANGES = record({
  from: orNull(TEXT),
  createdAt: orNull(TEXT),
  age: orNull(DURATION),
  ageSeconds: orNull(NUMBER),
  prefixes: orNull(COUNT),
  checkedAt: orNull(TIME),
  failure: orNull(record({ code: CODE, message: TEXT })),
});

const GUARD = record({
  mode: oneOf('enforce', 'warn', 'off'),
  findings: COUNT,
  foreign: told('what names another region: the first 100 places, no texts', list(PLACE)),
  unknown: SIGHTED,
  hints: SIGHTED,
  ipRanges: orNull(IP_RANGES),
});

const LEAK = record({
  kind: oneOf('socket', 'name'),
  region: TEXT,
  service: orNull(TEXT),
  process: orNull(TEXT),
  pid: orNull(COUNT),
  unit: orNull(TEXT),
  uid: orNull(TEXT),
  to: list(TEXT),
  host: orNull(TEXT),
  keys: list(TEXT),
  open: COUNT,
  since: TIME,
  seenAt: TIME,
  for: DURATION,
  says: told('one line for people', TEXT),
});

const LEAKS = record(
  { state: oneOf('off', 'starting', 'watching', 'blind'), mode: TEXT, findings: list(LEAK) },
  {
    blind: orNull(TEXT),
    table: orNull(record({ from: orNull(TEXT), createdAt: orNull(TEXT), age: orNull(DURATION) })),
    lookedAt: orNull(TIME),
    tookMs: orNull(NUMBER),
    sockets: orNull(COUNT),
    isCut: TRUTH,
    inbound: orNull(COUNT),
    names: orNull(COUNT),
    namesLeft: COUNT,
    excused: COUNT,
    left: COUNT,
  },
);

/** A file that the fence dealt with; also in the event `relocated`. */
export const REMOVED = record(
  { path: TEXT, kind: TEXT, reason: TEXT, action: TEXT, sha256: TEXT, instanceId: orNull(TEXT) },
  { files: COUNT, otherNames: COUNT },
);

const FENCE = record({
  state: told('one line for people', TEXT),
  relocated: told('this disk came from another region, account or partition', TRUTH),
  at: TIME,
  mode: oneOf('purge', 'quarantine'),
  from: orNull(record({ instanceId: TEXT, imageId: TEXT, account: TEXT })),
  landing: orNull(record({ from: TEXT, at: TIME })),
  removed: list(REMOVED),
  rendered: COUNT,
  left: list(record({ path: orNull(TEXT), kind: TEXT, reason: TEXT })),
  awaited: list(TEXT),
  copies: list(TEXT),
  unshared: list(TEXT),
  namesLost: TRUTH,
});

const CANDIDATE = record({
  release: TEXT,
  percent: NUMBER,
  startedAt: TEXT,
  halted: orNull(record({ at: TEXT, reason: TEXT }, { by: TEXT })),
});

const ROLLOUT = record({
  track: orNull(TEXT),
  stable: orNull(TEXT),
  candidate: orNull(CANDIDATE),
  refused: list(record({ release: TEXT, code: CODE, at: TIME })),
});

const SOURCE = record({
  address: TEXT,
  layout: TEXT,
  interval: DURATION,
  checkedAt: orNull(TIME),
  age: orNull(DURATION),
  nextCheckAt: orNull(TIME),
  givesUpAt: orNull(TIME),
  stale: told('the last check did not succeed', TRUTH),
  servedFrom: orNull(TEXT),
  unread: list(record({ message: TEXT }, { file: TEXT })),
  failure: orNull(record({ code: CODE, message: TEXT, hint: TEXT, problems: list(TEXT) })),
});

const SHORT_FAILURE = orNull(record({ code: CODE, message: TEXT, hint: TEXT }));

const SECRET = record({
  service: TEXT,
  name: TEXT,
  state: oneOf('fresh', 'stale', 'absent', 'unusable'),
  version: orNull(TEXT),
  readAt: orNull(TIME),
  age: orNull(DURATION),
  failure: SHORT_FAILURE,
});

/** Of a layer in another store than the source; also in `/v1/layers`. */
export const STORE = record({
  layer: TEXT,
  state: TEXT,
  version: orNull(TEXT),
  readAt: orNull(TIME),
  age: orNull(DURATION),
  servedFrom: orNull(oneOf('store', 'last-good')),
  nextReadAt: orNull(TIME),
  failure: SHORT_FAILURE,
});

const PEERS = record({
  role: orNull(TEXT),
  environment: orNull(TEXT),
  state: TEXT,
  online: orNull(COUNT),
  members: told('by id, the first 100', list(record({ id: TEXT, zone: TEXT, address: TEXT }))),
  gone: told(
    'who went since the agent started and has not come back, the latest first: 20 at most',
    list(record({ id: TEXT, zone: TEXT, address: TEXT, at: TIME, how: oneOf('left', 'silent') })),
  ),
  readAt: orNull(TIME),
  failure: SHORT_FAILURE,
  announced: TRUTH,
});

const CLAIMS = record({
  address: orNull(
    record({
      tag: TEXT,
      state: told(
        '`held`: EC2 showed it as ours within the last 15 minutes',
        oneOf('held', 'unconfirmed', 'waiting', 'lost', 'released'),
      ),
      publicIp: orNull(TEXT),
      allocationId: orNull(TEXT),
      confirmedAt: orNull(TIME),
      failure: SHORT_FAILURE,
    }),
  ),
  volumes: list(
    record({
      name: TEXT,
      tag: TEXT,
      mount: TEXT,
      state: oneOf('mounted', 'waiting', 'lost'),
      volumeId: orNull(TEXT),
      device: orNull(TEXT),
      failure: SHORT_FAILURE,
    }),
  ),
});

const HOST = record({
  name: TEXT,
  aliases: list(TEXT),
  address: TEXT,
  until: orNull(TIME),
  expired: TRUTH,
});

const ONGOING = record({ name: TEXT, since: TIME, for: DURATION, until: orNull(TIME) });

const NOTICE = record(
  { source: oneOf('spot', 'rebalance', 'autoscaling', 'maintenance'), action: TEXT },
  { at: TEXT, id: TEXT, state: TEXT },
);

const PHASE = record({ name: TEXT, fromMs: NUMBER, tookMs: NUMBER, cpuMs: orNull(NUMBER) });

/** `GET /v1/status`. */
export const STATUS = record(
  {
    version: TEXT,
    pid: COUNT,
    startedAt: TIME,
    uptime: DURATION,
    ready: TRUTH,
    identity: record({
      instanceId: TEXT,
      region: TEXT,
      zone: TEXT,
      account: TEXT,
      imageId: TEXT,
      role: orNull(TEXT),
      environment: orNull(TEXT),
      warnings: list(TEXT),
    }),
    generation: orNull(
      record({
        number: GENERATION,
        release: orNull(TEXT),
        digest: DIGEST,
        keys: COUNT,
        activatedAt: TIME,
        age: DURATION,
      }),
    ),
    source: SOURCE,
    rollout: ROLLOUT,
    trust: record({
      identityProvenBy: orNull(TEXT),
      keys: COUNT,
      sequence: orNull(COUNT),
      vouchedObjects: COUNT,
    }),
    detours: list(
      record({ variable: TEXT, address: TEXT, kind: oneOf('proxy', 'endpoint', 'metadata'), plain: TRUTH }),
    ),
    guard: GUARD,
    leaks: LEAKS,
    fence: FENCE,
    overrides: list(record({ key: TEXT, reason: TEXT, setAt: TIME, expiresAt: TIME })),
    secrets: record({ nextReadAt: orNull(TIME), inUse: list(SECRET) }),
    activity: list(ONGOING),
    waits: list(ONGOING),
    termination: list(NOTICE),
    pipelines: PIPELINES,
    boot: record({ readyMs: orNull(NUMBER), cpuMs: orNull(NUMBER), phases: list(PHASE) }),
  },
  { peers: PEERS, claims: CLAIMS, hosts: list(HOST), stores: list(ref('Store')) },
);

/** `GET /v1/identity`. */
export const IDENTITY = record(
  {
    partition: TEXT,
    dnsSuffix: TEXT,
    account: TEXT,
    region: TEXT,
    zone: TEXT,
    instanceId: TEXT,
    imageId: TEXT,
    instanceType: TEXT,
    architecture: TEXT,
    role: orNull(TEXT),
    environment: orNull(TEXT),
    tags: byName(TEXT),
  },
  {
    privateIp: TEXT,
    provenBy: told('fingerprint of the certificate that vouches for the document', TEXT),
  },
);
