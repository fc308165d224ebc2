import { describe, expect, it } from 'vitest';
import type { PolicyDocument } from '#scripts/ops/policy/grant.ts';
import {
  EVERYTHING,
  permittedInstance,
  PLAIN,
  VOLUMES,
  type PermittedInstance,
} from './permitted-instance.ts';

/** A permission, by statement and action, and what an instance without it says, in its log or its status. */
type Row = readonly [sid: string, action: string, said: RegExp];

const READS: readonly Row[] = [
  [
    'ReadOwnLayers',
    's3:GetObject',
    /LF_SOURCE_DENIED.*Allow the role s3:GetObject on arn:aws:s3:::config-eu/,
  ],
  [
    'TellAbsentFromDenied',
    's3:ListBucket',
    /LF_SOURCE_DENIED.*Allow the role s3:ListBucket on arn:aws:s3:::/,
  ],
  [
    'ReadParameterLayers',
    'ssm:GetParametersByPath',
    /LF_SOURCE_DENIED.*Allow the role ssm:GetParametersByPath/,
  ],
  [
    'ReadParameters',
    'ssm:GetParameters',
    /LF_SECRET_DENIED.*Allow the role ssm:GetParameters on arn:aws:ssm:eu/,
  ],
  [
    'ScanTables',
    'dynamodb:Scan',
    /LF_SOURCE_DENIED.*Allow the role dynamodb:Scan on arn:aws:dynamodb:eu-west-1/,
  ],
  [
    'ReadItems',
    'dynamodb:GetItem',
    /LF_SOURCE_DENIED.*Allow the role dynamodb:GetItem on arn:aws:dynamodb:eu/,
  ],
  ['ReadAppConfig', 'appconfig:StartConfigurationSession', /LF_SOURCE_DENIED.*appconfig:StartConfigurationS/],
  [
    'ReadAppConfig',
    'appconfig:GetLatestConfiguration',
    /LF_SOURCE_DENIED.*appconfig:GetLatestConfiguration on/,
  ],
  [
    'ReadSecrets',
    'secretsmanager:GetSecretValue',
    /LF_SECRET_DENIED.*Allow the role secretsmanager:GetSecretVa/,
  ],
  ['ReadAddressRanges', 's3:GetObject', /LF_SOURCE_DENIED.*\/ip-ranges.packed: S3 denies it/],
  ['LookForAddressRanges', 's3:ListBucket', /LF_SOURCE_DENIED.*\/ip-ranges.packed: S3 denies it/],
  ['ReadSwaps', 's3:GetObject', /whether a swap is under way is not known.*LF_SOURCE_DENIED/],
];
const HOST: readonly Row[] = [
  ['ReadTags', 'ec2:DescribeTags', /LF_TAGS_UNAVAILABLE.*or allow the role ec2:DescribeTags on \*/],
  [
    'TakeTurns',
    's3:GetObject',
    /LF_SOURCE_DENIED.*Allow the role s3:GetObject on \S+\/fleet\/environment\/prod/,
  ],
  [
    'TakeTurns',
    's3:PutObject',
    /LF_SOURCE_DENIED.*Allow the role s3:PutObject on \S+\/fleet\/environment\/prod/,
  ],
  ['TellPeers', 's3:PutObject', /LF_SOURCE_DENIED.*Allow the role s3:PutObject on \S+\/peers\/prod\/web\//],
  [
    'ListPeers',
    's3:ListBucket',
    /LF_SOURCE_DENIED.*list \S+\/peers\/prod\/web\/.*Allow the role s3:ListBucket/,
  ],
  [
    'FindAddresses',
    'ec2:DescribeAddresses',
    /LF_CLAIM_DENIED.*Allow ec2:DescribeAddresses in the instance's/,
  ],
  [
    'ClaimAddress',
    'ec2:AssociateAddress',
    /LF_CLAIM_DENIED.*Allow ec2:AssociateAddress in the instance's role/,
  ],
  [
    'TakeAddress',
    'ec2:AssociateAddress',
    /LF_CLAIM_DENIED.*Allow ec2:AssociateAddress in the instance's role/,
  ],
];
const TELEMETRY: readonly Row[] = [
  [
    'SendLogs',
    'logs:CreateLogGroup',
    /AccessDeniedException.*not authorized to perform: logs:CreateLogGroup/,
  ],
  [
    'SendLogs',
    'logs:CreateLogStream',
    /AccessDeniedException.*not authorized to perform: logs:CreateLogStream/,
  ],
  ['SendLogs', 'logs:PutLogEvents', /AccessDeniedException.*not authorized to perform: logs:PutLogEvents/],
  [
    'ShapeLogGroups',
    'logs:PutRetentionPolicy',
    /"action":"PutRetentionPolicy","code":"AccessDeniedException"/,
  ],
  ['ShapeLogGroups', 'logs:TagResource', /"action":"TagResource","code":"AccessDeniedException"/],
  [
    'ShapeLogGroups',
    'logs:DescribeMetricFilters',
    /"action":"DescribeMetricFilters","code":"AccessDeniedException"/,
  ],
  ['ShapeLogGroups', 'logs:PutMetricFilter', /"action":"PutMetricFilter","code":"AccessDeniedException"/],
  [
    'ShapeLogGroups',
    'logs:DeleteMetricFilter',
    /"action":"DeleteMetricFilter","code":"AccessDeniedException"/,
  ],
  [
    'LookAtLogGroups',
    'logs:DescribeLogGroups',
    /"action":"DescribeLogGroups","code":"AccessDeniedException"/,
  ],
  [
    'SendMetrics',
    'cloudwatch:PutMetricData',
    /AccessDeniedException.*Allow the role cloudwatch:PutMetricData for the namespace Payroll/,
  ],
];
const SIGNALS: readonly Row[] = [
  [
    'CompleteHooks',
    'autoscaling:CompleteLifecycleAction',
    /cannot be completed.*autoscaling:CompleteLifecycleA/,
  ],
  ['FindGroup', 'autoscaling:DescribeAutoScalingInstances', /cannot be found.*:DescribeAutoScalingInstances/],
  [
    'FindGroup',
    'autoscaling:DescribeLifecycleHooks',
    /hooks of the group cannot be read.*:DescribeLifecycleHooks/,
  ],
  ['SignalStack', 'cloudformation:SignalResource', /"why":"AccessDenied: .*cloudformation:SignalResource/],
];
const LEAVING: readonly Row[] = [
  ['ClaimAddress', 'ec2:DisassociateAddress', /LF_CLAIM_DENIED.*may not call ec2:DisassociateAddress/],
];
const OF_VOLUMES: readonly Row[] = [
  ['FindVolumes', 'ec2:DescribeVolumes', /LF_CLAIM_DENIED.*Allow ec2:DescribeVolumes in the instance's role/],
  ['ClaimVolumes', 'ec2:AttachVolume', /LF_CLAIM_DENIED.*Allow ec2:AttachVolume in the instance's role/],
  ['TakeVolumes', 'ec2:AttachVolume', /LF_CLAIM_DENIED.*Allow ec2:AttachVolume in the instance's role/],
];
const OF_RELEASES: readonly Row[] = [
  ['ReadOwnLayers', 's3:GetObject', /LF_SOURCE_DENIED.*Allow the role s3:GetObject on \S+\/current.json/],
  [
    'ReportHealth',
    's3:PutObject',
    /health cannot be reported.*LF_SOURCE_DENIED.*Allow the role s3:PutObject/,
  ],
];

/** What it takes that no row can take away, and why. */
const UNTOLD = new Map([
  ['ShapeLogGroups logs:ListTagsForResource', 'tags that may not be seen are set all the same'],
  ['CompleteHooks autoscaling:RecordLifecycleActionHeartbeat', 'needs work that outlasts a hook'],
  [
    'TakeAddress ec2:DisassociateAddress',
    'AWS documents the interface as a resource of it, which no answer names',
  ],
]);

const permissionsOf = ({ Statement }: PolicyDocument): readonly string[] =>
  Statement.flatMap(({ Sid, Action }) => Action.map((action) => `${Sid} ${action}`));

function without(policy: PolicyDocument, sid: string, action: string): PolicyDocument {
  const Statement = policy.Statement.map((one) =>
    one.Sid === sid ? { ...one, Action: one.Action.filter((other) => other !== action) } : one,
  );
  return { ...policy, Statement };
}

/** Starts the instance, and lets time pass until it says so. */
async function says(instance: PermittedInstance, said: RegExp, leaves = false): Promise<void> {
  const { bench } = instance;
  const daemon = await instance.start();
  const isReady = (): boolean => daemon.status()['ready'] === true;
  if (leaves) while (!isReady()) await bench.clock.advance(50);
  if (leaves) instance.leave();
  const isSaid = (): boolean =>
    bench.log.some((line) => said.test(line)) || said.test(JSON.stringify(daemon.status()));
  while (!isSaid()) await bench.clock.advance(50);
}

describe('with what `landfall-ops policy` prints, and nothing beside', () => {
  it('an instance does all that its plan says, and asks for nothing else', async () => {
    const instance = await permittedInstance(EVERYTHING);
    const { bench, gate, printed } = instance;
    await says(instance, /"announced":true/);
    while (permissionsOf(printed).some((one) => !gate.used.has(one) && !/Hooks|Disassoc/.test(one)))
      await bench.clock.advance(50);
    instance.leave();
    while (!bench.log.some((line) => line.startsWith('left'))) await bench.clock.advance(50);
    const unused = permissionsOf(printed).filter((one) => !gate.used.has(one));
    expect(unused.filter((one) => !UNTOLD.has(one))).toEqual([]);
    // The tree is listed layer by layer where it may not be listed whole, and no swap is under way.
    expect([...gate.denied]).toEqual([
      's3:ListBucket arn:aws:s3:::config-eu-west-1 payroll/',
      's3:ListBucket arn:aws:s3:::config-eu-west-1 payroll/swaps/eipalloc-00000000000000001.json',
    ]);
  });

  it('a row below takes away each permission that is printed', async () => {
    const rows = [READS, HOST, TELEMETRY, SIGNALS, LEAVING].flat().map(([sid, action]) => `${sid} ${action}`);
    const { printed } = await permittedInstance(EVERYTHING);
    expect(permissionsOf(printed).toSorted()).toEqual([...rows, ...UNTOLD.keys()].toSorted());
    const { printed: ofVolumes } = await permittedInstance(VOLUMES);
    const known = [...READS, ...HOST, ...OF_VOLUMES].map(([sid, action]) => `${sid} ${action}`);
    expect(permissionsOf(ofVolumes).filter((one) => !known.includes(one))).toEqual([]);
  });
});

describe.each([
  ['an instance', EVERYTHING, 'tree', [READS, HOST, TELEMETRY, SIGNALS].flat()],
  ['an instance that leaves', EVERYTHING, 'tree', LEAVING],
  ['an instance with a volume', VOLUMES, 'tree', OF_VOLUMES],
  ['an instance of a release', PLAIN, 'release', OF_RELEASES],
] as const)('%s', (whose, files, layout, rows) => {
  it.each(rows)('without %s %s says so', async (sid, action, said) => {
    const instance = await permittedInstance(files, layout);
    instance.gate.policy = without(instance.printed, sid, action);
    await says(instance, said, whose === 'an instance that leaves');
    expect([...instance.gate.denied].join('\n')).toContain(action);
  });
});
