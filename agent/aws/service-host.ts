import { regionFacts } from '#config-service';
import type { Pin } from './pin.ts';
import type { Stack } from './stack.ts';

/** Where GovCloud has names with `-fips` beside the ordinary ones; the ordinary hosts of all others there are FIPS ones. */
const FIPS_NAMES_IN_GOV: ReadonlySet<string> = new Set(['s3', 'secretsmanager', 'kms']);

/**
 * The host of a service in the pinned region, undefined where AWS's rules have none. They are those of the SDKs' endpoint rule
 * sets, one a service; `test/aws/service-host.test.ts` holds this to what they answer.
 * @param prefix the endpoint prefix, such as `monitoring`.
 */
export function serviceHost(
  prefix: string,
  pin: Omit<Pin, 'account'>,
  { fips, dualStack }: Stack,
): string | undefined {
  const { region, partition, dnsSuffix } = pin;
  const name = fips && !isFipsAnyway(prefix, partition, dualStack) ? `${prefix}-fips` : prefix;
  if (prefix === 's3') {
    if (fips && partition === 'aws-cn') return undefined;
    return `${name}${dualStack ? '.dualstack' : ''}.${region}.${dnsSuffix}`;
  }
  const both = dualStack && !isDualAnyway(prefix, partition, fips);
  const suffix = both ? regionFacts(region)?.dualStackDnsSuffix : dnsSuffix;
  return suffix === undefined ? undefined : `${name}.${region}.${suffix}`;
}

function isFipsAnyway(prefix: string, partition: string, dualStack: boolean): boolean {
  if (partition !== 'aws-us-gov') return false;
  return dualStack ? prefix === 'monitoring' : !FIPS_NAMES_IN_GOV.has(prefix);
}

/** Secrets Manager's ordinary hosts have addresses of both families. */
function isDualAnyway(prefix: string, partition: string, fips: boolean): boolean {
  if (prefix !== 'secretsmanager') return false;
  return partition === 'aws' || partition === 'aws-us-gov' || (partition === 'aws-cn' && !fips);
}
