import type { StatusDocument } from '#agent/daemon/reporting/status.ts';

/** Parts of a status that take long, or another region, to come about: each is what a server may answer, by its own type. */
export type StatePart = Partial<StatusDocument>;

const AT = (agoMs: number): string => new Date(Date.now() - agoMs).toISOString();
const MINUTE = 60_000;

const NOTHING = { events: 0, bytes: 0 };
const SHA = 'd0ab17c25f3a9c21d0ab17c25f3a9c21d0ab17c25f3a9c21d0ab17c25f3a9c21';

function removed(path: string, kind: string, action: string) {
  return { path, kind, reason: 'foreign', action, sha256: SHA, instanceId: 'i-0b1700000000000bb' };
}

function leak(process: string, pid: number, service: string, address: string, ago: number) {
  const unit = `${process}.service`;
  return {
    kind: 'socket',
    region: 'us-east-1',
    service,
    process,
    pid,
    unit,
    uid: '1001',
    to: [address],
    host: null,
    keys: [],
    open: 3,
    since: AT(ago),
    seenAt: AT(1000),
    for: `${ago / MINUTE}m`,
    says: `${process} (${pid}, ${unit}) talks to ${service} in us-east-1 (${address})`,
  } as const;
}

function member(number: number) {
  const id = `i-0a${String(number).padStart(15, '0')}`;
  return { id, zone: number % 2 === 0 ? 'eu-west-1b' : 'eu-west-1a', address: `10.0.4.${number}` };
}

/** A machine that came from another region and is beset: whatever can be wrong beside its values is. */
export function beset(): StatePart {
  return {
    fence: {
      state:
        'relocated: 4 files of another region or account removed, 1 file left on a folder that takes no writes; 1 file of another region or account not found, looked for when something is mounted; values are kept',
      relocated: true,
      at: AT(47 * MINUTE),
      mode: 'quarantine',
      from: { instanceId: 'i-0b1700000000000bb', imageId: 'ami-0fedcba9876543210', account: '210987654321' },
      landing: { from: 'i-0b1700000000000bb', at: AT(48 * MINUTE) },
      removed: [
        removed('/var/lib/landfall/last-good.sealed', 'sealed', 'purged'),
        removed('/etc/nginx/conf.d/app.conf', 'rendered', 'quarantined'),
        removed(
          '/srv/payroll/releases/20261130T2200Z-payroll-with-a-long-name/config/application-production.properties',
          'rendered',
          'quarantined',
        ),
        removed('/etc/hosts', 'lines', 'purged'),
      ],
      rendered: 2,
      left: [{ path: '/mnt/readonly/payroll.env', kind: 'rendered', reason: 'foreign' }],
      awaited: ['/srv/data/payroll/current/payroll.conf'],
      copies: ['/var/backups/payroll/app.conf'],
      unshared: ['/mnt/readonly'],
      namesLost: false,
    },
    leaks: {
      state: 'watching',
      mode: 'warn',
      blind: null,
      table: { from: 'the source', createdAt: '2026-11-28T15:17:05Z', age: '3d' },
      lookedAt: AT(2000),
      tookMs: 3.4,
      sockets: 412,
      isCut: false,
      inbound: 2,
      names: 14,
      namesLeft: 0,
      excused: 1,
      left: 0,
      findings: [
        leak('billing-export', 4121, 'AMAZON', '52.94.133.131:443', 18 * MINUTE),
        leak('java', 977, 'S3', '[2600:1f14:0:8000:1234:5678:9abc:def0]:443', 3 * MINUTE),
        {
          ...leak('java', 977, 'EC2', 'payroll.c9akciq32abc.us-east-1.rds.amazonaws.com', 2 * MINUTE),
          kind: 'name',
          says: 'db.payroll.internal leads to us-east-1 (payroll.c9akciq32abc.us-east-1.rds.amazonaws.com)',
        },
      ],
    },
    claims: {
      address: {
        tag: 'service=payroll',
        state: 'unconfirmed',
        publicIp: '198.51.100.7',
        allocationId: 'eipalloc-0a1b2c3d4e5f67890',
        confirmedAt: AT(21 * MINUTE),
        failure: null,
      },
      volumes: [
        {
          name: 'data',
          tag: 'service=payroll',
          mount: '/srv/data',
          state: 'mounted',
          volumeId: 'vol-0a1b2c3d4e5f67890',
          device: '/dev/nvme1n1',
          failure: null,
        },
        {
          name: 'archive',
          tag: 'service=payroll-archive-of-the-last-seven-years',
          mount: '/srv/payroll/archive/of-the-last-seven-years',
          state: 'waiting',
          volumeId: null,
          device: null,
          failure: {
            code: 'LF_CLAIM_TAKEN',
            message:
              'cannot claim a volume with tag service=payroll-archive: vol-0fedc is attached to i-0b17',
            hint: 'Detach it there, or wait until that instance is gone.',
          },
        },
        {
          name: 'cache',
          tag: 'service=cache',
          mount: '/srv/cache',
          state: 'lost',
          volumeId: 'vol-0a1b2c3d4e5f67891',
          device: '/dev/nvme2n1',
          failure: null,
        },
      ],
    },
    peers: {
      role: 'app',
      environment: 'prod',
      state: 'stale',
      online: 6,
      members: Array.from({ length: 6 }, (_, index) => member(index + 1)),
      gone: [
        { ...member(7), at: AT(4 * MINUTE), how: 'left' },
        { ...member(8), at: AT(9 * MINUTE), how: 'silent' },
      ],
      readAt: AT(9 * MINUTE),
      failure: {
        code: 'LF_SOURCE_DENIED',
        message: 'it is not allowed to list s3://acme-config-eu-west-1/payroll/peers/prod/app/',
        hint: 'Allow s3:ListBucket with the prefix payroll/peers/* to the role of this instance.',
      },
      announced: false,
    },
    activity: [
      {
        name: 'claims',
        since: AT(95_000),
        for: '1m 35s',
        until: new Date(Date.now() + 205_000).toISOString(),
      },
    ],
    waits: [{ name: 'logs.audit: a tag for {tag:Team}', since: AT(7 * MINUTE), for: '7m', until: null }],
    secrets: {
      nextReadAt: new Date(Date.now() + 40_000).toISOString(),
      inUse: [
        {
          service: 'secretsmanager',
          name: 'payroll/db#password',
          state: 'stale',
          version: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111',
          readAt: AT(26 * 60 * MINUTE),
          age: '1d 2h',
          failure: denied('secretsmanager:GetSecretValue', 'payroll/db'),
        },
        {
          service: 'ssm',
          name: '/payroll/prod/smtp',
          state: 'absent',
          version: null,
          readAt: null,
          age: null,
          failure: denied('ssm:GetParameters', '/payroll/prod/smtp'),
        },
        {
          service: 'ssm',
          name: '/payroll/prod/api-token',
          state: 'fresh',
          version: '12',
          readAt: AT(MINUTE),
          age: '1m',
          failure: null,
        },
      ],
    },
    overrides: [
      {
        key: 'log.level',
        reason: 'INC-4711: who answers late?',
        setAt: AT(59 * MINUTE),
        expiresAt: new Date(Date.now() + 42_000).toISOString(),
      },
      {
        key: 'feature.payslips.pdf',
        reason: 'the renderer is down',
        setAt: AT(2 * MINUTE),
        expiresAt: new Date(Date.now() + 26 * 3_600_000).toISOString(),
      },
    ],
    rollout: {
      track: 'stable',
      stable: '20261201T0300Z-payroll',
      candidate: {
        release: '20261201T0400Z-payroll',
        percent: 10,
        startedAt: AT(30 * MINUTE),
        halted: {
          at: AT(12 * MINUTE),
          reason: 'the alarm landfall-web-prod-not-ready fired: 3 of 40 instances are not ready',
        },
      },
      refused: [{ release: '20261201T0400Z-payroll', code: 'LF_APPLY_CHECK', at: AT(14 * MINUTE) }],
    },
    termination: [
      { source: 'spot', action: 'terminate', at: new Date(Date.now() + 96_000).toISOString() },
      {
        source: 'maintenance',
        action: 'system-reboot',
        at: new Date(Date.now() + 86_400_000).toISOString(),
        id: 'instance-event-0d59937288b749b32',
        state: 'active',
      },
    ],
  };
}

function denied(action: string, name: string) {
  return {
    code: 'LF_SECRET_DENIED' as const,
    message: `the role payroll-web may not call ${action} on ${name}`,
    hint: `Allow ${action} on it to the role of this instance.`,
  };
}

/** What a pipeline of logs says whose account is throttled and whose disk is slow. */
export function logsBehind(pipelines: StatusDocument['pipelines']): StatusDocument['pipelines'] {
  const { logs } = pipelines;
  if (!logs) throw new Error('there are no logs');
  return {
    ...pipelines,
    logs: {
      ...logs,
      heldBytes: 3_400_000,
      entries: logs.entries.map((entry) => ({
        ...entry,
        ledger: {
          ...entry.ledger,
          read: amount(1_284_551),
          acknowledged: amount(1_201_004),
          filtered: amount(61_002),
          rejected: { tooOld: amount(12), tooNew: NOTHING, expired: NOTHING },
          quarantined: NOTHING,
          lost: { deleted: amount(2040) },
          inFlight: amount(20_493),
        },
        troubles: ['/var/log/payroll/access.log was cut short while it was read'],
        sources: entry.sources.map((source) => ({ ...source, lagMs: 754_000 })),
      })),
      streams: logs.streams.map((stream) => ({
        ...stream,
        trouble: { kind: 'throttled', code: 'ThrottlingException', since: AT(11 * MINUTE) },
      })),
    },
  };
}

function amount(events: number) {
  return { events, bytes: events * 180 };
}
