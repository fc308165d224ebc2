/**
 * Every setting, with the one sentence that documents it. convict reads this table; `docs/settings.md` is printed from it
 * and a test keeps both equal. Order here is the order people read.
 */
export interface SettingEntry {
  readonly doc: string;
  /** A convict format: a built-in, a list of choices, or one of ours (`formats.ts`). */
  readonly format: string | readonly string[];
  readonly default: string;
  readonly env: string;
  /** Shown as the placeholder of the flag. */
  readonly shape: string;
  /** What the docs say when the default is worked out at run time. */
  readonly defaultText?: string;
}

export const SETTINGS = {
  source: {
    doc: 'Where configuration comes from; required. May hold {region} {account} {partition} {environment} {role}.',
    format: 'String',
    default: '',
    env: 'LANDFALL_SOURCE',
    shape: 's3://bucket/prefix',
    defaultText: 'none, required',
  },
  layout: {
    doc: 'How the source is laid out; `auto` is `release` if current.json exists, else `tree`.',
    format: ['auto', 'release', 'tree'],
    default: 'auto',
    env: 'LANDFALL_LAYOUT',
    shape: 'auto|release|tree',
  },
  interval: {
    doc: 'Time between two polls of the source, at least 1s.',
    format: 'interval',
    default: '30s',
    env: 'LANDFALL_INTERVAL',
    shape: 'DURATION',
  },
  bootTimeout: {
    doc: 'How long to try for a first accepted generation before giving up with the exit code of the last state.',
    format: 'patience-or-empty',
    default: '',
    env: 'LANDFALL_BOOT_TIMEOUT',
    shape: 'DURATION',
    defaultText: '2m for bootstrap, none for run',
  },
  listen: {
    doc: 'Loopback address and port of the local API; port 0 picks one, empty means socket only.',
    format: 'listen',
    default: '127.0.0.1:5263',
    env: 'LANDFALL_LISTEN',
    shape: 'HOST:PORT',
  },
  socket: {
    doc: 'Unix socket of the local API, mode 0660.',
    format: 'String',
    default: '',
    env: 'LANDFALL_SOCKET',
    shape: 'PATH',
    defaultText: '<run dir>/landfall.sock',
  },
  dashboard: {
    doc: 'The page for browsers at `/` of the local API (docs/dashboard.md).',
    format: ['on', 'off'],
    default: 'on',
    env: 'LANDFALL_DASHBOARD',
    shape: 'on|off',
  },
  stateDir: {
    doc: 'What survives a reboot: sealed and stamped, useless on any other instance.',
    format: 'String',
    default: '/var/lib/landfall',
    env: 'LANDFALL_STATE_DIR',
    shape: 'DIR',
  },
  runDir: {
    doc: 'Rendered output, socket and API token; gone at reboot.',
    format: 'String',
    default: '/run/landfall',
    env: 'LANDFALL_RUN_DIR',
    shape: 'DIR',
  },
  hostsFile: {
    doc: 'The file of host names in which the section `hosts` of a plan has its lines (docs/hosts.md).',
    format: 'String',
    default: '/etc/hosts',
    env: 'LANDFALL_HOSTS_FILE',
    shape: 'PATH',
  },
  configTree: {
    doc: 'The configuration as files: one a key in <run dir>/config, all as variables in <run dir>/config.env.',
    format: ['off', 'on'],
    default: 'off',
    env: 'LANDFALL_CONFIG_TREE',
    shape: 'off|on',
  },
  compat: {
    doc: 'Whose programs are answered beside the local API, each in its own way; comma separated (docs/shapes.md).',
    format: 'shapes',
    default: '',
    env: 'LANDFALL_COMPAT',
    shape: 'spring,consul,appconfig,archaius',
    defaultText: 'none',
  },
  springListen: {
    doc: 'Loopback address of a door for clients of Spring Cloud Config alone, usually 127.0.0.1:8888; needs `spring` in `compat`.',
    format: 'listen',
    default: '',
    env: 'LANDFALL_SPRING_LISTEN',
    shape: 'HOST:PORT',
    defaultText: 'none',
  },
  consulListen: {
    doc: 'Loopback address of a door for clients of Consul alone, usually 127.0.0.1:8500; needs `consul` in `compat`.',
    format: 'listen',
    default: '',
    env: 'LANDFALL_CONSUL_LISTEN',
    shape: 'HOST:PORT',
    defaultText: 'none',
  },
  appconfigListen: {
    doc: 'Loopback address of a door for clients of AppConfig alone, usually 127.0.0.1:2772; needs `appconfig` in `compat`.',
    format: 'listen',
    default: '',
    env: 'LANDFALL_APPCONFIG_LISTEN',
    shape: 'HOST:PORT',
    defaultText: 'none',
  },
  consulPrefix: {
    doc: 'The folder in which programs look for their keys in Consul, such as config/payroll.',
    format: 'folder-or-empty',
    default: '',
    env: 'LANDFALL_CONSUL_PREFIX',
    shape: 'FOLDER',
    defaultText: 'none',
  },
  readTokenFile: {
    doc: 'A token that sees secrets and may not write, mode 0640, the same until the next boot; made where `compat` names something.',
    format: 'String',
    default: '',
    env: 'LANDFALL_READ_TOKEN_FILE',
    shape: 'FILE',
    defaultText: '<run dir>/read-token',
  },
  roleTag: {
    doc: 'The tag that names the role, matched without case.',
    format: 'String',
    default: 'role',
    env: 'LANDFALL_ROLE_TAG',
    shape: 'TAG',
  },
  environmentTag: {
    doc: 'The tag that names the environment, matched without case.',
    format: 'String',
    default: 'environment',
    env: 'LANDFALL_ENVIRONMENT_TAG',
    shape: 'TAG',
  },
  layers: {
    doc: 'The layers, weakest first, comma separated; also takes {tag:NAME}, and layers of other stores such as ssm:/payroll/{environment}/.',
    format: 'words',
    default: '',
    env: 'LANDFALL_LAYERS',
    shape: 'LAYER,...',
    defaultText:
      'base, region/{region}, role/{role}, environment/{environment}, role/{role}/environment/{environment}, instance/{instanceId}',
  },
  storeInterval: {
    doc: 'Time between two readings of a layer that lies in another store than S3, at least 1s.',
    format: 'interval',
    default: '5m',
    env: 'LANDFALL_STORE_INTERVAL',
    shape: 'DURATION',
  },
  guard: {
    doc: 'What happens to a generation that names another region: refused, counted, or not looked at.',
    format: ['enforce', 'warn', 'off'],
    default: 'enforce',
    env: 'LANDFALL_GUARD',
    shape: 'enforce|warn|off',
  },
  guardUnknown: {
    doc: 'What becomes of values bound to a region that nothing names: S3 without one, public addresses; refuse counts in enforce only.',
    format: ['warn', 'refuse'],
    default: 'warn',
    env: 'LANDFALL_GUARD_UNKNOWN',
    shape: 'warn|refuse',
  },
  guardHints: {
    doc: "What becomes of buckets, private hosts and paths that carry another region's name; refuse counts in enforce only.",
    format: ['show', 'refuse'],
    default: 'show',
    env: 'LANDFALL_GUARD_HINTS',
    shape: 'show|refuse',
  },
  ipRanges: {
    doc: "AWS's ip-ranges.json, plain or gzip, by which the guard knows the region of an address.",
    format: 'String',
    default: '',
    env: 'LANDFALL_IP_RANGES',
    shape: 'FILE',
    defaultText: '`ip-ranges.json` at the source, if there is one',
  },
  onRelocation: {
    doc: 'What happens to state of another region found at boot.',
    format: ['purge', 'quarantine'],
    default: 'purge',
    env: 'LANDFALL_ON_RELOCATION',
    shape: 'purge|quarantine',
  },
  maxShrink: {
    doc: 'The largest part of its keys a new generation may lose; 100% turns the check off.',
    format: 'percent',
    default: '50%',
    env: 'LANDFALL_MAX_SHRINK',
    shape: 'PERCENT',
  },
  trustedKeys: {
    doc: 'Public keys, ed25519:BASE64 or kms:BASE64; when set, what none of them has signed is refused.',
    format: 'words',
    default: '',
    env: 'LANDFALL_TRUSTED_KEYS',
    shape: 'KEY,...',
    defaultText: 'none',
  },
  notOlderThan: {
    doc: 'With trusted keys: the time (such as 2026-11-21T03:21:00Z) or the name of a release; a pointer that was signed before it is refused, also at the first boot.',
    format: 'time-or-empty',
    default: '',
    env: 'LANDFALL_NOT_OLDER_THAN',
    shape: 'TIME|RELEASE',
    defaultText: 'what this instance followed before',
  },
  identityCertificates: {
    doc: "AWS's RSA certificates in PEM, a file or a folder with REGION.pem; when set, an identity document that none of them vouches for is refused.",
    format: 'String',
    default: '',
    env: 'LANDFALL_IDENTITY_CERTIFICATES',
    shape: 'PATH',
    defaultText: 'none, the document is believed',
  },
  bucketOwner: {
    doc: 'The account that must own the bucket.',
    format: 'account-or-empty',
    default: '',
    env: 'LANDFALL_BUCKET_OWNER',
    shape: 'ACCOUNT',
    defaultText: 'the account of the identity document',
  },
  credentials: {
    doc: 'Where AWS credentials come from; `environment` is for laptops and tests.',
    format: ['instance', 'environment'],
    default: 'instance',
    env: 'LANDFALL_CREDENTIALS',
    shape: 'instance|environment',
  },
  logLevel: {
    doc: 'The least important message to log.',
    format: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    env: 'LANDFALL_LOG_LEVEL',
    shape: 'LEVEL',
  },
  logFormat: {
    doc: 'One JSON object a line, or lines for people.',
    format: ['json', 'pretty', 'auto'],
    default: 'auto',
    env: 'LANDFALL_LOG_FORMAT',
    shape: 'json|pretty',
    defaultText: 'json, or pretty on a terminal',
  },
} as const satisfies Record<string, SettingEntry>;

export type SettingName = keyof typeof SETTINGS;

/** `stateDir` -> `--state-dir`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
