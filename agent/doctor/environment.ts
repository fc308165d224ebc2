import { regionFacts, regionsNamedBy } from '#config-service';
import { detoursOf, type Detour } from '../aws/detours.ts';
import { serviceHost } from '../aws/service-host.ts';
import { askedBy, readStack } from '../aws/stack.ts';
import { good, note, warning, type DoctorFinding } from './base/finding.ts';
import { namesOfKind } from './base/variable-names.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables Landfall follows that hold no address; `detoursOf` has the others. */
const FOLLOWED = /^(AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE|AWS_CA_BUNDLE|NO_PROXY)$/i;

/**
 * The environment of this process.
 * @param leaves an image is made of this host next: then a variable that names a region is a failure, for whatever set it
 * may be on the image.
 * @param home the region of this host, where it is known.
 */
export function checkEnvironment(
  env: Environment,
  credentials: 'instance' | 'environment',
  leaves = false,
  home?: string,
): readonly DoctorFinding[] {
  const set = (name: string): boolean => (env[name] ?? '') !== '';
  const findings = [
    ...namesOfKind('region', 'pointer').filter(set).map(ignored),
    ...namesOfKind('legacy')
      .filter((name) => env[name]?.toLowerCase() === 'legacy')
      .map(ignored),
  ];
  findings.push(...stackFindings(env, home));
  const keys = namesOfKind('keys').filter(set);
  if (keys.length > 0 && credentials === 'instance') findings.push(ignoredKeys(keys));
  const followed = Object.keys(env).filter((name) => FOLLOWED.test(name) && set(name));
  const detours = detoursOf(env, regionsNamedBy);
  findings.push(
    ...detours.map((detour) => detourFinding(detour, home)),
    ...followed.toSorted().map((name) => note('environment', `${name} is set and followed`)),
  );
  if (findings.length === 0) return [good('environment', 'no variable points anywhere')];
  if (!leaves) return findings;
  const bound = [
    ...namesOfKind('region').filter(set),
    ...detours.filter(({ regions }) => regions.length > 0).map(({ variable }) => variable),
  ];
  const others = findings.filter(({ says }) => !bound.some((name) => says.startsWith(`${name} `)));
  return [...bound.map(left), ...others];
}

function detourFinding(
  { variable, address, plain, regions }: Detour,
  home: string | undefined,
): DoctorFinding {
  const isFollowed = !/^http_proxy$/i.test(variable);
  const says = `${variable} is set and ${isFollowed ? 'followed' : 'not followed, but by what Landfall starts'}: ${address}`;
  const others = regions.filter((region) => region !== home);
  if (others.length > 0)
    return warning(
      'environment',
      `${says} names ${others.join(', ')}`,
      `Unset ${variable}, or name one of this region.`,
    );
  if (plain) return warning('environment', `${says}, in the clear`, 'Use https, or an address of this host.');
  return note('environment', says);
}

/** Which hosts the variables lead to, by the one that is asked first. */
function stackFindings(env: Environment, home: string | undefined): readonly DoctorFinding[] {
  const stack = readStack(env);
  if (stack.kind !== 'ok') {
    const { subject, cause, hint } = stack.fault;
    return [warning('environment', `${subject} is set, and ends a boot: ${cause}`, hint)];
  }
  const names = askedBy(stack.value);
  if (names === '') return [];
  const asked = `${names} ${names.includes(' ') ? 'are' : 'is'} set`;
  const facts = regionFacts(home ?? '');
  const host = facts && serviceHost('s3', facts, stack.value);
  if (facts === undefined) return [note('environment', `${asked} and followed`)];
  if (host !== undefined) return [note('environment', `${asked} and followed: https://${host} and its like`)];
  const says = `${asked}, and ends a boot: AWS has no such host of s3 in ${facts.region}`;
  return [warning('environment', says, 'Unset it, or name a host of this region in AWS_ENDPOINT_URL*.')];
}

function ignored(name: string): DoctorFinding {
  return warning(
    'environment',
    `${name} is set; Landfall ignores it, other programs on this host may follow it to another region`,
    `Remove ${name} from where it is set (/etc/environment, a profile, a systemd unit).`,
  );
}

function ignoredKeys(keys: readonly string[]): DoctorFinding {
  return warning(
    'environment',
    `${keys.join(', ')} set; Landfall ignores static keys and uses the instance's role`,
    'Remove them, or set LANDFALL_CREDENTIALS=environment on a laptop.',
  );
}

function left(name: string): DoctorFinding {
  return {
    check: 'environment',
    level: 'failure',
    says: `${name} is set to a region, and what set it may be on the image`,
    wayOut: `Remove it there; if only this shell has it: env -u ${name} landfall doctor --before-image`,
    code: 'LF_REGION_HOST',
  };
}
