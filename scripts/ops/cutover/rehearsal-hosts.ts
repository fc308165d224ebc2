import { shellWord } from './run-command.ts';

/** What one test instance is told in its own `/etc/hosts`. */
export interface HostEntries {
  readonly service: string;
  readonly hosts: readonly string[];
  /** Of the restored copy: its address is looked up there, where it will be used. */
  readonly endpoint: string;
  readonly forMs: number;
}

const HOSTS_FILE = '/etc/hosts';

/** The lines of a script that leads the names there until a timer of systemd takes them back; it may run twice. */
export function leadingLines(
  { service, hosts, endpoint, forMs }: HostEntries,
  file = HOSTS_FILE,
): readonly string[] {
  const mark = markOf(service);
  const unit = unitOf(service);
  const seconds = Math.ceil(forMs / 1000);
  return [
    'set -eu',
    `address=$(getent ahosts ${shellWord(endpoint)} | awk 'NR == 1 { print $1 }')`,
    `[ -n "$address" ] || { echo ${shellWord(`${endpoint} has no address here`)} >&2; exit 1; }`,
    `systemctl stop ${unit}.timer 2>/dev/null || :`,
    // The end comes first: what a kill leaves here ends by itself.
    `systemd-run --quiet --unit=${unit} --on-active=${seconds} /bin/sh -c ${shellWord(removal(service, file))}`,
    removal(service, file),
    `printf '%s %s %s\\n' "$address" ${shellWord(hosts.join(' '))} ${shellWord(mark)} >>${shellWord(file)}`,
  ];
}

/** Takes them back, whether they are there or not. */
export function removalLines(service: string, file = HOSTS_FILE): readonly string[] {
  return ['set -eu', removal(service, file), `systemctl stop ${unitOf(service)}.timer 2>/dev/null || :`];
}

/** Into a new file that takes the place of the old one: a disk that is full leaves that as it is. */
function removal(service: string, file: string): string {
  const mark = markOf(service).replaceAll('.', '\\.');
  return `sed -i ${shellWord(`/ ${mark}$/d`)} ${shellWord(file)}`;
}

function markOf(service: string): string {
  return `# landfall-ops cutover ${service}`;
}

function unitOf(service: string): string {
  return `landfall-rehearsal-${service}`;
}
