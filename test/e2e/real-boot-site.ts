import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a machine can be asked to become, as files of the configuration by path. */
export const BASE: Readonly<Record<string, string>> = {
  'base/app.properties': properties({ limit: 10, workers: 2 }),
  'base/plan.yaml': `
scripts:
  10-base: { run: scripts/base.sh }
templates:
  app:
    source: templates/app.conf
    target: /etc/payroll/app.conf
    owner: payroll
    check: "grep -q ^queue= {path}"
    reload: systemctl try-reload-or-restart payroll.service
files:
  unit: { source: files/payroll.service, target: /etc/systemd/system/payroll.service }
environmentFiles:
  env: { target: /etc/payroll/env, prefix: "app.", group: payroll }
services:
  payroll.service: { enabled: true, running: true, restartOn: [environmentFiles.env] }
init: init.json
hooks:
  configure: ["echo configured >>/var/log/plan", "sleep 1000 >/dev/null 2>&1 &"]
`,
  'base/scripts/base.sh': `#!/bin/sh
set -eu
getent passwd payroll >/dev/null || useradd --system --home-dir /opt/payroll payroll
mkdir -p /etc/payroll /opt/payroll
echo "$LANDFALL_REGION" | tee /etc/payroll/region >/opt/payroll/region
echo "script in $LANDFALL_REGION" >>/var/log/plan
`,
  'base/templates/app.conf': 'queue={{ where }}\nlimit={{ limit }}\n',
  'base/files/payroll.service': `
[Unit]
After=landfall-ready.target
[Service]
User=payroll
EnvironmentFile=/etc/payroll/env
ExecStartPre=+/bin/sh -c 'echo "payroll with $workers" >>/var/log/plan'
ExecStart=/bin/sleep infinity
[Install]
WantedBy=landfall-ready.target
`.replace('$workers', '$WORKERS'),
  'base/init.json': JSON.stringify({
    config: {
      groups: { books: { gid: '4711' } },
      users: { ledger: { uid: '4711', groups: ['books'], homeDir: '/opt/ledger' } },
      files: {
        '/etc/ledger.conf': { content: 'ours\n', mode: '000640', owner: 'ledger', group: 'books' },
        '/etc/systemd/system/ledger.service': {
          content:
            '[Service]\nUser=ledger\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n',
        },
      },
      services: { systemd: { 'ledger.service': { enabled: true, ensureRunning: true } } },
    },
  }),
};

export function properties({ limit, workers }: { readonly limit: number; readonly workers: number }): string {
  const where = 'where = https://sqs.${@region}.amazonaws.com/pay';
  return `app.name = payroll\n${where}\nlimit = ${limit}\napp.workers = ${workers}\n`;
}

/** What only a region has: a script that fails there, until it is mended. */
export function late(region: string, code: number): Readonly<Record<string, string>> {
  return {
    [`region/${region}/plan.yaml`]: 'scripts:\n  50-late: { run: scripts/late.sh }\n',
    [`region/${region}/scripts/late.sh`]: `echo "late ends with ${code}"\nexit ${code}\n`,
  };
}

/** Work as plans have it, to be done by the daemon in its sandbox: `role/web`, for `base` ran in the open at first boot. */
export const SANDBOXED: Readonly<Record<string, string>> = {
  'role/web/scripts/sandboxed.sh': `#!/bin/sh
set -eu
exec 2>&1
getent passwd clerk >/dev/null || useradd --create-home clerk
runuser -u clerk -- id -un
su clerk -c 'id -un'
box=$(mktemp -d)
mkdir -p "$box/tree/DEBIAN" "$box/tree/usr/lib/modules/6.1.0-acme" "$box/tree/opt/acme"
printf 'Package: acme\\nVersion: 1\\nArchitecture: all\\nMaintainer: a\\nDescription: a\\n' >"$box/tree/DEBIAN/control"
printf '#!/bin/sh\\nset -e\\nchown clerk /opt/acme/tool\\nchmod 4755 /opt/acme/tool\\nldconfig\\nsystemctl daemon-reload\\n' >"$box/tree/DEBIAN/postinst"
chmod 0755 "$box/tree/DEBIAN/postinst"
touch "$box/tree/usr/lib/modules/6.1.0-acme/acme.ko" "$box/tree/opt/acme/tool"
dpkg-deb --build "$box/tree" "$box/acme.deb" >/dev/null
apt-get install --yes "$box/acme.deb" >"$box/log" || cat "$box/log"
stat -c '%U %a' /opt/acme/tool
systemd-mount --quiet --collect --fsck=no -t tmpfs tmpfs /srv/scratch
findmnt --noheadings --output FSTYPE /srv/scratch
mount -t tmpfs tmpfs /mnt || echo "mount: $?"
systemd-run --quiet --wait --pipe --collect mount -t tmpfs tmpfs /mnt
`,
  'role/web/plan.yaml': `
scripts:
  20-sandboxed: { run: scripts/sandboxed.sh }
files:
  desk: { content: "", target: /home/clerk/desk, owner: clerk }
`,
};

export function seed(folder: string, files: Readonly<Record<string, string>>): string {
  const root = join(folder, 'seed');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
