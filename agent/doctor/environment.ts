import { regionsNamedBy } from '#config-service';
import { good, note, warning, type DoctorFinding } from './finding.ts';
import { namesOfKind } from './variable-names.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables Landfall follows; shown because they change where requests go. Values may hold passwords: names only. */
const FOLLOWED =
  /^(AWS_ENDPOINT_URL(_\w+)?|AWS_EC2_METADATA_SERVICE_ENDPOINT(_MODE)?|AWS_CA_BUNDLE|HTTPS_PROXY|NO_PROXY)$/i;

/**
 * The environment of this process.
 * @param leaves an image is made of this host next: then a variable that names a region is a failure, for whatever set it
 * may be on the image.
 */
export function checkEnvironment(
  env: Environment,
  credentials: 'instance' | 'environment',
  leaves = false,
): readonly DoctorFinding[] {
  const set = (name: string): boolean => (env[name] ?? '') !== '';
  const findings = [
    ...namesOfKind('region', 'pointer').filter(set).map(ignored),
    ...namesOfKind('legacy')
      .filter((name) => env[name]?.toLowerCase() === 'legacy')
      .map(ignored),
  ];
  const keys = namesOfKind('keys').filter(set);
  if (keys.length > 0 && credentials === 'instance') findings.push(ignoredKeys(keys));
  const followed = Object.keys(env).filter((name) => FOLLOWED.test(name) && set(name));
  findings.push(...followed.toSorted().map((name) => note('environment', `${name} is set and followed`)));
  if (findings.length === 0) return [good('environment', 'no variable points anywhere')];
  if (!leaves) return findings;
  const bound = [
    ...namesOfKind('region').filter(set),
    ...followed.filter((name) => regionsNamedBy(env[name] ?? '').length > 0),
  ];
  const others = findings.filter(({ says }) => !bound.some((name) => says.startsWith(`${name} `)));
  return [...bound.map(left), ...others];
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
