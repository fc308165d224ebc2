import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type Change,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { ask, askPatiently, type Answer } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import type { AnswerType } from '../across/resolvers.ts';
import { isSameTarget, plainValue, type MovedRecord, type RunbookName, type Target } from './runbook-name.ts';

/** What the hosted zone says now of one type. */
export interface DnsRecord {
  readonly type: AnswerType;
  readonly target: Target;
  /** Seconds; undefined for an alias, which has that of what it leads to. */
  readonly ttl: number | undefined;
  /** As Route 53 gave it, by which a change has to name it. */
  readonly set: ResourceRecordSet;
}

/** `routed`: one of several that are chosen by weight, place or health: not ours to move. */
export type FoundRecord = DnsRecord | 'absent' | 'routed';

export type FoundRecords = readonly {
  readonly moved: MovedRecord;
  readonly found: FoundRecord;
}[];

/** In the order of the runbook. */
export async function readRecords(
  client: Route53Client,
  { zone, name, records }: RunbookName,
  patience: Patience,
): Promise<Answer<FoundRecords>> {
  const asked = { service: 'route53', action: 'ListResourceRecordSets', subject: name };
  const all: { moved: MovedRecord; found: FoundRecord }[] = [];
  for (const moved of records) {
    const { type } = moved;
    const input = { HostedZoneId: zone, StartRecordName: name, StartRecordType: type, MaxItems: 2 };
    const answer = await askPatiently(asked, patience, async (abortSignal) =>
      client.send(new ListResourceRecordSetsCommand(input), { abortSignal }),
    );
    if (answer.kind === 'refused') return answer;
    const { ResourceRecordSets = [] } = answer.value;
    const set = ResourceRecordSets.find(({ Type, Name = '' }) => Type === type && plainValue(Name) === name);
    all.push({ moved, found: recordOf(type, set) });
  }
  return { kind: 'ok', value: all };
}

function recordOf(type: AnswerType, set: ResourceRecordSet | undefined): FoundRecord {
  if (!set) return 'absent';
  if (set.SetIdentifier !== undefined) return 'routed';
  if (set.AliasTarget) {
    const {
      DNSName = '',
      HostedZoneId: zone = '',
      EvaluateTargetHealth: evaluates = false,
    } = set.AliasTarget;
    const target = { values: [plainValue(DNSName)], alias: { zone, evaluates } };
    return { type, target, ttl: undefined, set };
  }
  if (set.TTL === undefined) return 'routed';
  const values = (set.ResourceRecords ?? []).flatMap(({ Value }) =>
    Value === undefined ? [] : plainValue(Value),
  );
  return { type, target: { values: values.toSorted() }, ttl: set.TTL, set };
}

/** What a record shall be. @param ttl seconds, for what is no alias. */
export interface WantedRecord {
  readonly was: DnsRecord;
  readonly target: Target;
  readonly ttl: number;
}

export function isAsWanted({ was, target, ttl }: WantedRecord): boolean {
  return isSameTarget(was.target, target) && (target.alias !== undefined || was.ttl === ttl);
}

/**
 * One change of all of them from what was read to what they shall be. The old sets are named: Route 53 refuses the whole change
 * when one is no longer that one, so what somebody else wrote meanwhile is never lost.
 */
export async function changeRecords(
  client: Route53Client,
  { zone, name }: RunbookName,
  wanted: readonly WantedRecord[],
): Promise<Answer<unknown>> {
  const Changes = wanted
    .filter((record) => !isAsWanted(record))
    .flatMap(({ was, target, ttl }): Change[] => [
      { Action: 'DELETE', ResourceRecordSet: was.set },
      { Action: 'CREATE', ResourceRecordSet: setOf(name, was.type, target, ttl) },
    ]);
  const command = new ChangeResourceRecordSetsCommand({
    HostedZoneId: zone,
    ChangeBatch: { Comment: 'landfall-ops cutover', Changes },
  });
  const asked = { service: 'route53', action: 'ChangeResourceRecordSets', subject: name };
  return await ask(asked, () => client.send(command));
}

function setOf(Name: string, Type: AnswerType, { values, alias }: Target, TTL: number): ResourceRecordSet {
  if (!alias) return { Name, Type, TTL, ResourceRecords: values.map((Value) => ({ Value })) };
  const DNSName = values.join('');
  return {
    Name,
    Type,
    AliasTarget: { DNSName, HostedZoneId: alias.zone, EvaluateTargetHealth: alias.evaluates },
  };
}
