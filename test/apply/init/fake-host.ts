import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tarOf } from '../../support/archives.ts';

/**
 * Programs that keep what they are told in files below `db`, and write down each call that changes something. What they
 * answer to queries is what the real ones do: exit codes of systemctl(1), getent(1), dpkg-query(1), rpm(8).
 */
const PROGRAMS: Readonly<Record<string, string>> = {
  getent: 'grep "^$2:" "$DB/$1" || exit 2',
  groupadd:
    'log "$@"; gid=900; while [ $# -gt 1 ]; do [ "$1" = -g ] && gid=$2; shift; done; echo "$1:x:$gid:" >>"$DB/group"',
  useradd:
    'log "$@"; uid=901; while [ $# -gt 1 ]; do [ "$1" = -u ] && uid=$2; shift; done; echo "$1:x:$uid:$uid::/:/sbin/nologin" >>"$DB/passwd"',
  'dpkg-query':
    'for last in "$@"; do :; done; v=$(cat "$DB/apt/$last" 2>/dev/null) || exit 1; echo "installed|$v"',
  'apt-get': `log "$@"
    for word in "$@"; do [ "$word" = update ] || continue
      held=$(cat "$DB/apt-held" 2>/dev/null || echo 0)
      [ "$held" -gt 0 ] || exit 0
      echo $((held - 1)) >"$DB/apt-held"
      echo "E: Sperrdatei /var/lib/apt/lists/lock ist nicht frei"; exit 100
    done
    while [ "$1" != -- ]; do shift; done
    shift
    for spec in "$@"; do
      [ "$spec" = broken ] && { echo "E: Unable to locate package broken"; exit 100; }
      [ "$spec" = unheard-of ] && continue
      case $spec in *=*) echo "\${spec#*=}-1ubuntu1" >"$DB/apt/\${spec%%=*}";; *) echo 9 >"$DB/apt/$spec";; esac
    done`,
  rpm: `if [ "$1" = -U ]; then log "$@"; exit 0; fi
    for last in "$@"; do :; done
    case $*,$last in *--whatprovides*,*.i686) exit 1;; esac
    [ -e "$DB/rpm/$last" ]`,
  yum: 'log "$@"; shift 2; for spec in "$@"; do : >"$DB/rpm/$spec"; done',
  dnf: 'log "$@"; shift 2; for spec in "$@"; do : >"$DB/rpm/$spec"; done',
  systemctl: `shift
    unit=$2
    case $1 in
      is-active) [ -e "$DB/active/$unit" ] && { echo active; exit 0; }; echo inactive; exit 3;;
      is-enabled) [ -e "$DB/static/$unit" ] && { echo static; exit 0; }
        [ -e "$DB/enabled/$unit" ] && { echo enabled; exit 0; }; echo disabled; exit 1;;
      show) case "$*" in *ActiveState*)
          [ -e "$DB/dying/$2" ] || [ -e "$DB/dying/$3" ] && { echo ActiveState=failed; echo SubState=failed; }; exit 0;; esac
        [ -e "$DB/stale" ] && echo yes || echo no; exit 0;;
    esac
    log "$@"
    [ -e "$DB/broken/$unit" ] && { echo "Job for $unit failed."; exit 1; }
    case $1 in
      daemon-reload) rm -f "$DB/stale";;
      enable) : >"$DB/enabled/$unit";;
      disable) rm -f "$DB/enabled/$unit";;
      start|restart|reload-or-restart) : >"$DB/active/$unit";;
      stop) rm -f "$DB/active/$unit";;
    esac`,
};

export interface FakeHost {
  /** Where they keep what they know. */
  readonly db: string;
  /** For the environment: the fakes first, then this machine's own. */
  readonly path: string;
  /** Every call that changed something, in order, such as `systemctl restart httpd`. */
  calls(): Promise<readonly string[]>;
}

export async function fakeHost(root: string): Promise<FakeHost> {
  const [bin, db] = [join(root, 'bin'), join(root, 'db')];
  for (const folder of [
    bin,
    ...['apt', 'rpm', 'active', 'dying', 'enabled', 'static', 'broken'].map((name) => join(db, name)),
  ]) {
    await mkdir(folder, { recursive: true });
  }
  const programs = Object.entries(PROGRAMS).map(([name, body]): [string, string] => {
    return [name, `DB=${db}\nlog() { echo "${name} $*" >>${root}/calls; }\n${body}`];
  });
  await installPrograms(bin, Object.fromEntries(programs));
  await writeFile(join(db, 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await writeFile(join(db, 'group'), 'root:x:0:\n');
  await writeFile(join(root, 'calls'), '');
  return {
    db,
    path: `${bin}:/usr/bin:/bin`,
    calls: async () =>
      (await readFile(join(root, 'calls'), 'utf8')).split('\n').filter((line) => line !== ''),
  };
}

/**
 * Shell scripts that can be run at once. Another process writes them: a file that this one has open for writing is handed
 * on to whatever another test starts at that moment, and running it gives ETXTBSY.
 */
export async function installPrograms(
  bin: string,
  programs: Readonly<Record<string, string>>,
): Promise<void> {
  const scripts = Object.entries(programs).map(([name, body]) => [name, `#!/bin/sh\n${body}\n`]);
  execFileSync('tar', ['-x', '-C', bin], { input: tarOf(Object.fromEntries(scripts)) });
  for (const name of Object.keys(programs)) await chmod(join(bin, name), 0o755);
}
