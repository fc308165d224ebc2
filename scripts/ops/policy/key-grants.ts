import type { Grant } from './grant.ts';
import type { Needs } from './needs.ts';

/** Which service asks KMS in the name of whom: a purpose's action to the host of the service, as `kms:ViaService` has it. */
const ASKING: readonly (readonly [action: RegExp, service: string])[] = [
  [/^s3:(?:Get|Put)Object$/, 's3'],
  [/^ssm:GetParameters/, 'ssm'],
  [/^secretsmanager:/, 'secretsmanager'],
  [/^dynamodb:/, 'dynamodb'],
];

/**
 * What keys of the operator's own are used for: only by the services that the other grants lead to. Keys of AWS's own
 * (`aws/ssm` and the like) take no grant, and the key of a log group is used by CloudWatch Logs itself.
 */
export function keyGrants({ keys, facts, plan }: Needs, others: readonly Grant[]): readonly Grant[] {
  if (keys.length === 0) return [];
  const actions = others.flatMap((grant) => grant.actions);
  const host = (service: string): string => `${service}.${facts.region}.${facts.dnsSuffix}`;
  const asking = ASKING.filter(([of]) => actions.some((action) => of.test(action)));
  const grants: Grant[] = [];
  if (asking.length > 0)
    grants.push({
      purpose: 'UseKeys',
      actions: ['kms:Decrypt', ...(actions.includes('s3:PutObject') ? ['kms:GenerateDataKey'] : [])],
      resources: keys,
      condition: { StringEquals: { 'kms:ViaService': asking.map(([, service]) => host(service)) } },
    });
  if (plan.claims.volumes.length > 0)
    grants.push({
      purpose: 'UseKeysOfVolumes',
      actions: ['kms:CreateGrant', 'kms:Decrypt'],
      resources: keys,
      condition: { StringEquals: { 'kms:ViaService': [host('ec2')] } },
    });
  return grants;
}
