import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { ask, askPatiently, type Answer } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import type { RunbookName } from './runbook.ts';

/** What the hosted zone says now. */
export interface DnsRecord {
  readonly values: readonly string[];
  readonly ttl: number;
}

/** `routed`: an alias, or one of several that are chosen by weight, place or health: not ours to move. */
export type FoundRecord = DnsRecord | 'absent' | 'routed';

export async function readRecord(
  client: Route53Client,
  { zone, name, type }: RunbookName,
  patience: Patience,
): Promise<Answer<FoundRecord>> {
  const asked = { service: 'route53', action: 'ListResourceRecordSets', subject: name };
  return await askPatiently(asked, patience, async (abortSignal) => {
    const input = { HostedZoneId: zone, StartRecordName: name, StartRecordType: type, MaxItems: 2 };
    const { ResourceRecordSets = [] } = await client.send(new ListResourceRecordSetsCommand(input), {
      abortSignal,
    });
    const sets = ResourceRecordSets.filter((set) => set.Type === type && bare(set.Name ?? '') === name);
    return recordOf(sets);
  });
}

function recordOf([set]: readonly ResourceRecordSet[]): FoundRecord {
  if (!set) return 'absent';
  if (set.AliasTarget || set.SetIdentifier !== undefined || set.TTL === undefined) return 'routed';
  const values = (set.ResourceRecords ?? []).flatMap(({ Value }) => (Value === undefined ? [] : bare(Value)));
  return { values: values.toSorted(), ttl: set.TTL };
}

/**
 * One change from what was read to what it shall be. The old set is named: Route 53 refuses the whole change when the record is
 * no longer that one, so what somebody else wrote meanwhile is never lost.
 */
export async function changeRecord(
  client: Route53Client,
  { zone, name, type }: RunbookName,
  from: DnsRecord,
  to: DnsRecord,
): Promise<Answer<unknown>> {
  const setOf = ({ values, ttl }: DnsRecord): ResourceRecordSet => {
    return { Name: name, Type: type, TTL: ttl, ResourceRecords: values.map((Value) => ({ Value })) };
  };
  const command = new ChangeResourceRecordSetsCommand({
    HostedZoneId: zone,
    ChangeBatch: {
      Comment: 'landfall-ops cutover',
      Changes: [
        { Action: 'DELETE', ResourceRecordSet: setOf(from) },
        { Action: 'CREATE', ResourceRecordSet: setOf(to) },
      ],
    },
  });
  const asked = { service: 'route53', action: 'ChangeResourceRecordSets', subject: name };
  return await ask(asked, () => client.send(command));
}

/** Without the dot at its end, in small letters; `\\052` and the like stay as they are. */
function bare(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}
