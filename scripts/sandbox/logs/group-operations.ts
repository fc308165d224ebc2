import { regionFacts } from '#config-service';
import { isRecord } from '#kit/is-record.ts';
import type { LogGroup } from './log-store.ts';
import { takePage, text, type LogsCall, type LogsOperation } from './logs-call.ts';
import { alreadyExists, done, failed, invalid, notFound, type LogsReply } from './logs-reply.ts';

const GROUP_NAME = /^(?!aws\/)[a-zA-Z0-9_\-/.#]{1,512}$/;
const CLASSES = new Set(['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY']);
const RETENTION_DAYS = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);
/** As TagResource documents them. */
const RESOURCE_ARN = /^[\w+=/:,.@-]{1,1011}$/;
const TAG_NAME = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const MOST_TAGS = 50;

/**
 * What is done to log groups. Every well-formed key of the region exists and is enabled. Calls never meet here: an
 * OperationAbortedException is planted as a fault.
 */
export const GROUP_OPERATIONS: Readonly<Record<string, LogsOperation>> = {
  CreateLogGroup(call) {
    const { groups, asked, now } = call;
    const name = text(asked, 'logGroupName');
    if (!GROUP_NAME.test(name)) return invalid('logGroupName');
    const tags = readTags(asked['tags'] ?? {});
    if (!tags) return invalid('tags');
    const kmsKey = asked['kmsKeyId'] === undefined ? undefined : text(asked, 'kmsKeyId');
    if (kmsKey !== undefined && !isKeyOf(call, kmsKey)) return noSuchKey();
    const logClass = asked['logGroupClass'] === undefined ? 'STANDARD' : text(asked, 'logGroupClass');
    if (!CLASSES.has(logClass)) return invalid('logGroupClass');
    if (groups.has(name)) return alreadyExists('log group');
    groups.set(name, {
      name,
      createdAt: now,
      class: logClass,
      tags,
      kmsKey,
      retentionDays: undefined,
      streams: new Map(),
      filters: new Map(),
    });
    return done();
  },

  DeleteLogGroup({ groups, asked }) {
    return groups.delete(text(asked, 'logGroupName')) ? done() : notFound('log group');
  },

  PutRetentionPolicy({ groups, asked }) {
    const days = Number(asked['retentionInDays']);
    if (!RETENTION_DAYS.has(days)) return invalid('retentionInDays');
    return change(groups.get(text(asked, 'logGroupName')), (group) => {
      group.retentionDays = days;
    });
  },

  AssociateKmsKey(call) {
    const { groups, asked } = call;
    const key = text(asked, 'kmsKeyId');
    if (!isKeyOf(call, key)) return noSuchKey();
    return change(groups.get(text(asked, 'logGroupName')), (group) => {
      group.kmsKey = key;
    });
  },

  TagResource(call) {
    if (!RESOURCE_ARN.test(text(call.asked, 'resourceArn'))) return invalid('resourceArn');
    const tags = readTags(call.asked['tags']);
    if (!tags) return invalid('tags');
    const group = groupOfArn(call);
    const all = { ...group?.tags, ...tags };
    if (Object.keys(all).length > MOST_TAGS)
      return failed('TooManyTagsException', `A resource can have no more than ${MOST_TAGS} tags.`);
    return change(group, (known) => {
      known.tags = all;
    });
  },

  ListTagsForResource(call) {
    if (!RESOURCE_ARN.test(text(call.asked, 'resourceArn'))) return invalid('resourceArn');
    const group = groupOfArn(call);
    return group ? done({ tags: group.tags }) : notFound('resource');
  },

  DescribeLogGroups(call) {
    const { groups, asked } = call;
    const limit = asked['limit'] ?? 50;
    if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > 50) return invalid('limit');
    const prefix = text(asked, 'logGroupNamePrefix');
    if (asked['logGroupNamePrefix'] !== undefined && prefix === '') return invalid('logGroupNamePrefix');
    const matching = [...groups.values()].filter(({ name }) => name.startsWith(prefix));
    const page = takePage(matching, asked);
    return done({ logGroups: page.items.map((group) => describeGroup(call, group)), ...page.next });
  },
};

function describeGroup(call: LogsCall, group: LogGroup): object {
  const arn = arnOf(call, group.name);
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
    metricFilterCount: group.filters.size,
    arn: `${arn}:*`,
    storedBytes: 0,
    ...(group.kmsKey === undefined ? {} : { kmsKeyId: group.kmsKey }),
    logGroupClass: group.class,
    logGroupArn: arn,
  };
}

function partitionOf({ region }: LogsCall): string {
  return regionFacts(region)?.partition ?? 'aws';
}

function arnOf(call: LogsCall, name: string): string {
  const { region, account } = call;
  return `arn:${partitionOf(call)}:logs:${region}:${account}:log-group:${name}`;
}

function groupOfArn(call: LogsCall): LogGroup | undefined {
  const arn = text(call.asked, 'resourceArn');
  return [...call.groups.values()].find(({ name }) => arnOf(call, name) === arn);
}

function change(group: LogGroup | undefined, apply: (group: LogGroup) => void): LogsReply {
  if (!group) return notFound('log group');
  apply(group);
  return done();
}

/** CloudWatch Logs takes the ARN of a key of its own region, and nothing else that names one. */
function isKeyOf(call: LogsCall, key: string): boolean {
  return new RegExp(`^arn:${partitionOf(call)}:kms:${call.region}:\\d{12}:key/[\\w-]+$`).test(key);
}

function noSuchKey(): LogsReply {
  return failed(
    'InvalidParameterException',
    'The specified KMS key does not exist or is not allowed to be used.',
  );
}

function readTags(raw: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(raw)) return undefined;
  const tags = Object.entries(raw).filter(
    (tag): tag is [string, string] =>
      TAG_NAME.test(tag[0]) && typeof tag[1] === 'string' && TAG_VALUE.test(tag[1]),
  );
  const isWhole = tags.length === Object.keys(raw).length && tags.length <= MOST_TAGS;
  return isWhole ? Object.fromEntries(tags) : undefined;
}
