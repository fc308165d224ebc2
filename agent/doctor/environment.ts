import type { DoctorFinding } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that point other programs at a region or an account. Landfall ignores them all (law 1). */
const IGNORED = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
];

const STATIC_KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** Variables Landfall follows; shown because they change where requests go. Values may hold passwords: names only. */
const FOLLOWED =
  /^(AWS_ENDPOINT_URL(_\w+)?|AWS_EC2_METADATA_SERVICE_ENDPOINT(_MODE)?|AWS_CA_BUNDLE|HTTPS_PROXY|NO_PROXY)$/i;

export function checkEnvironment(
  env: Environment,
  credentials: 'instance' | 'environment',
): readonly DoctorFinding[] {
  const set = (name: string): boolean => (env[name] ?? '') !== '';
  const ignored = IGNORED.filter(set).map((name): DoctorFinding => ({
    check: 'environment',
    level: 'warning',
    says: `${name} is set; Landfall ignores it, other programs on this host may follow it to another region`,
    wayOut: `Remove ${name} from where it is set (/etc/environment, a profile, a systemd unit).`,
  }));
  const keys = STATIC_KEYS.filter(set);
  if (keys.length > 0 && credentials === 'instance') {
    ignored.push({
      check: 'environment',
      level: 'warning',
      says: `${keys.join(', ')} set; Landfall ignores static keys and uses the instance's role`,
      wayOut: 'Remove them, or set LANDFALL_CREDENTIALS=environment on a laptop.',
    });
  }
  const followed = Object.keys(env).filter((name) => FOLLOWED.test(name) && set(name));
  const notes = followed.toSorted().map((name): DoctorFinding => ({
    check: 'environment',
    level: 'note',
    says: `${name} is set and followed`,
  }));
  if (ignored.length + notes.length > 0) return [...ignored, ...notes];
  return [{ check: 'environment', level: 'ok', says: 'no variable points anywhere' }];
}
