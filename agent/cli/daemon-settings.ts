import { parseSourceAddress, validateOrder, type Facts } from '#config-service';
import { describeProblem, type Fault } from '#kit/errors.ts';
import type { Settings } from '../settings/settings.ts';
import { readTrustedKeys } from '../settings/trusted-keys.ts';

/** What would stop a daemon before it asks anybody anything; all of it at once, as `LF_SETTINGS`. */
export function startFault(settings: Settings): Fault | undefined {
  const complaints = [...sourceComplaints(settings.source)];
  if (settings.layers.length > 0) complaints.push(...validateOrder(settings.layers).map(describeProblem));
  complaints.push(...idleDoors(settings));
  const keys = readTrustedKeys(settings.trustedKeys);
  if (keys.kind !== 'ok') complaints.push(`${keys.fault.subject}: ${keys.fault.cause}`);
  if (complaints.length === 0) return undefined;
  return {
    code: 'LF_SETTINGS',
    operation: 'read',
    subject: 'settings',
    cause: complaints.join('; '),
    hint: complaints.some((complaint) => complaint.startsWith('source'))
      ? 'Set --source or LANDFALL_SOURCE such as s3://bucket/prefix; see docs/settings.md.'
      : 'Correct it; see docs/settings.md, and docs/stores.md for layers in other stores.',
  };
}

function idleDoors({ compat, shapeDoors }: Settings): readonly string[] {
  return shapeDoors
    .filter(({ shape }) => !compat.includes(shape))
    .map(({ shape, setting }) => `${setting}: it needs ${shape} in compat`);
}

function sourceComplaints(source: string): readonly string[] {
  if (source.trim() === '') return ['source is not set'];
  const address = parseSourceAddress(source, ANYWHERE);
  return address.kind === 'ok' ? [] : [`source ${address.fault.subject}: ${address.fault.cause}`];
}

/** Some instance that lacks nothing: what cannot be filled for it cannot be filled for any. */
const ANYWHERE: Facts = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  account: '123456789012',
  region: 'eu-west-1',
  zone: 'eu-west-1a',
  instanceId: 'i-0',
  imageId: 'ami-0',
  instanceType: 't3.nano',
  role: 'x',
  environment: 'x',
  tags: new Map(),
};
