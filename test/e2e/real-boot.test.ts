import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeUnless } from '../support/unless.ts';
import { Lab, whyNoLab, type Guest } from '../lab/lab.ts';
import { BASE, late, properties, SANDBOXED, seed } from './real-boot-site.ts';

const FIRST = 'eu-west-1';
const SECOND = 'ap-southeast-2';
const OPS = resolve('dist/landfall-ops');

const obstacle = whyNoLab();

describeUnless(
  obstacle,
  'a real boot: systemd, cloud-init, IMDSv2, S3',
  () => {
    let lab: Lab;
    let userData: (format: string) => string;
    let guest: Guest;
    let launched: string;

    beforeAll(async () => {
      lab = new Lab();
      await lab.open(seed(lab.folder, { ...BASE, ...late(SECOND, 3) }), [FIRST, SECOND]);
      const agent = JSON.parse(
        ops(
          'upload-agent',
          'dist/landfall',
          '--to',
          's3://agents-{region}/tools',
          '--regions',
          `${FIRST},${SECOND}`,
          '--json',
        ),
      ) as { agent: string };
      const address = ['--source', 's3://payroll-{region}/landfall', '--agent', agent.agent];
      const env = ['--env', 'AWS_ENDPOINT_URL=http://10.0.0.1:4566', '--env', 'LANDFALL_INTERVAL=2s'];
      userData = (format) => ops('userdata', ...address, ...env, '--format', format);
    }, 180_000);
    afterAll(() => lab?.close(), 60_000);

    test('user data makes a bare instance ready', async () => {
      launched = await lab.launch(FIRST, userData('mime'));
      guest = lab.boot('disk');
      await ready(guest, 'first boot');
      expect(await guest.sh('landfall get where')).toBe(`https://sqs.${FIRST}.amazonaws.com/pay`);
      expect(await guest.sh('cloud-init status --wait')).toBe('status: done');
      expect(await guest.sh(naming(FIRST))).not.toBe('');
      expect(await guest.sh('systemctl show -p Type -p NRestarts -p ActiveState landfall')).toBe(
        'Type=notify\nNRestarts=0\nActiveState=active',
      );
      await onlyIn(FIRST);
    });

    test('the instance has become what its plan says, each script once', async () => {
      // Bootstrap applied it in user data; the daemon after it found all of it done.
      expect(await guest.sh('sort /var/log/plan | uniq -c | tr -s " "')).toBe(
        `1 configured\n 1 payroll with 2\n 1 script in ${FIRST}`,
      );
      expect(await guest.sh(STATE)).toBe(becomeOf(FIRST, 10, 2));
    });

    test('what changes in S3 changes the file, and restarts the service once', async () => {
      const pid = 'systemctl show -p MainPID --value payroll';
      const before = await guest.sh(pid);
      await lab.publish(FIRST, 'base/app.properties', properties({ limit: 11, workers: 2 }));
      await guest.until('grep -c limit=11 /etc/payroll/app.conf', '1', 20_000);
      await guest.until(`[ "$(${pid})" = ${before} ] || echo another`, 'another', 10_000);
      await guest.until('grep -c payroll /var/log/plan', '2', 10_000);
      await guest.until('tail -n 2 /var/log/plan', 'payroll with 2\nconfigured', 10_000);
      await lab.publish(FIRST, 'base/app.properties', properties({ limit: 11, workers: 3 }));
      await guest.until('tail -n 2 /var/log/plan', 'payroll with 3\nconfigured', 20_000);
      expect(await guest.sh('grep -c payroll /var/log/plan')).toBe('3');
    });

    test('the unit lets a plan make users, install packages and mount through systemd', async () => {
      for (const [path, text] of Object.entries(SANDBOXED)) await lab.publish(FIRST, path, text);
      await guest.until('stat -c %U /home/clerk/desk', 'clerk', 30_000);
      const said = await guest.sh('journalctl -u landfall -o cat --no-pager | grep scripts.20-sandboxed');
      for (const line of ['"clerk 4755"', '"tmpfs"', '"mount: 32"', '"code":0']) expect(said).toContain(line);
      expect(await guest.sh('findmnt -no FSTYPE /srv/scratch; findmnt -no FSTYPE /mnt')).toBe('tmpfs\ntmpfs');
    });

    test('an agent that hangs is restarted by the watchdog, and NODE_OPTIONS do not reach it', async () => {
      const shorter = '[Service]\\nWatchdogSec=2\\nTimeoutAbortSec=1\\n';
      const folder = '/run/systemd/system/landfall.service.d';
      await guest.sh(
        `mkdir -p ${folder}; printf '${shorter}' >${folder}/shorter.conf; systemctl daemon-reload`,
      );
      await guest.sh('systemctl set-environment NODE_OPTIONS=--inspect; systemctl restart landfall');
      await guest.until(
        'systemctl show -p NRestarts -p ActiveState landfall',
        'NRestarts=0\nActiveState=active',
        20_000,
      );
      await sleep(3000);
      expect(await guest.sh('systemctl show -p NRestarts --value landfall')).toBe('0');
      await guest.sh('kill -STOP $(systemctl show -p MainPID --value landfall)');
      await guest.until('systemctl show -p NRestarts --value landfall', '1', 30_000);
      await guest.until('systemctl is-active landfall', 'active', 20_000);
      const environment = await guest.sh(
        'tr "\\0" "\\n" </proc/$(systemctl show -p MainPID --value landfall)/environ',
      );
      expect(environment).toContain('WATCHDOG_USEC=2000000');
      expect(environment).not.toContain('NODE_OPTIONS');
      await guest.sh(`rm -r ${folder}; systemctl daemon-reload; systemctl restart landfall`);
    });

    test('it is ready again after a reboot, without user data', async () => {
      await guest.powerOff();
      guest = lab.boot('disk');
      await ready(guest, 'reboot');
      expect(await guest.sh('landfall get where')).toBe(`https://sqs.${FIRST}.amazonaws.com/pay`);
      expect(await guest.sh('grep -c script /var/log/plan')).toBe('1');
      expect(await guest.sh(STATE)).toBe(becomeOf(FIRST, 11, 3));
      await onlyIn(FIRST);
      await guest.powerOff();
    });

    test('the copied disk comes up in another region as one of its own, and nothing of ours names the old one', async () => {
      cpSync(join(lab.folder, 'disk', 'upper'), join(lab.folder, 'copy', 'upper'), {
        recursive: true,
        verbatimSymlinks: true,
      });
      const copied = await lab.launch(SECOND, userData('cloud-config'));
      expect(copied).not.toBe(launched);
      guest = lab.boot('copy');
      // A script of this region fails, until it is mended.
      await guest.until("landfall status --json | grep -o 'LF_APPLY_SCRIPT'", 'LF_APPLY_SCRIPT', 30_000);
      expect(await guest.sh('landfall status')).toMatch(/not ready[^]* exit code 3; .*\[LF_APPLY_SCRIPT\]/);
      expect(await guest.sh('curl -s 127.0.0.1:5263/readyz')).toContain('"code":"LF_APPLY_SCRIPT"');
      expect(await guest.sh('systemctl status landfall --no-pager')).toContain('exit code 3');
      expect(await guest.sh('systemctl is-active landfall landfall-ready.target payroll')).toBe(
        'activating\ninactive\ninactive',
      );
      for (const [path, text] of Object.entries(late(SECOND, 0))) await lab.publish(SECOND, path, text);
      await ready(guest, 'copied disk');
      await guest.until('landfall get where', `https://sqs.${SECOND}.amazonaws.com/pay`, 20_000);
      await guest.until('cloud-init status', 'status: done', 60_000);
      // The user data of the new instance ran too; the journal takes both for one boot of the one kernel.
      expect(await guest.sh('journalctl -b -t landfall-boot -o cat')).toBe('ready\nready');
      expect(await guest.sh('grep script /var/log/plan')).toBe(`script in ${FIRST}\nscript in ${SECOND}`);
      expect(await guest.sh(STATE)).toBe(becomeOf(SECOND, 10, 2));
      expect(await guest.sh(naming(FIRST))).toBe('');
      // Whose disk it was is kept, so that logs of then are not shipped as those of now; where it was is not.
      expect(await guest.sh(naming(launched))).toBe('/var/lib/landfall/landing.stamped');
      await onlyIn(SECOND);
      await lab.publish(SECOND, 'base/app.properties', properties({ limit: 11, workers: 7 }));
      await guest.sh('systemctl restart --no-block landfall');
      // The service waits for the target, which waits for the agent, which restarts the service: nobody may wait for long.
      await guest.until('tail -n 2 /var/log/plan', 'payroll with 7\nconfigured', 20_000);
      await guest.until(
        'systemctl is-active landfall landfall-ready.target payroll',
        'active\nactive\nactive',
        5000,
      );
      // What a hook left in the background ended with the agent that ran it; this one is of its successor.
      expect(await guest.sh('pgrep -fc "^sleep 1000"')).toBe('1');
      await guest.powerOff();
    });

    function ops(...args: string[]): string {
      const env = {
        AWS_ENDPOINT_URL: lab.url,
        AWS_ACCESS_KEY_ID: 'AKIAOPERATOR',
        AWS_SECRET_ACCESS_KEY: 'x',
        PATH: process.env['PATH'],
      };
      return execFileSync('ip', lab.outside(OPS, ...args), { env, encoding: 'utf8' });
    }

    async function onlyIn(region: string): Promise<void> {
      const { requests, violations } = await lab.seen();
      expect(violations).toEqual([]);
      expect(new Set(requests.map((request) => request.region))).toEqual(new Set([region]));
    }
  },
  { timeout: 120_000 },
);

/** Waits for the target that applications wait for, and prints how it came to it. */
async function ready(booting: Guest, title: string): Promise<void> {
  await booting.until('systemctl is-active landfall-ready.target', 'active', 90_000);
  console.log(
    `\n${title}: hand-over to landfall-ready.target ${(booting.age / 1000).toFixed(1)} s\n${await timeline(booting)}`,
  );
}

/** Lists what on the disk says this; cloud-init keeps its own records of every instance that the disk was. */
function naming(text: string): string {
  return `grep -rlF ${text} /etc /opt /root /srv /home /run/landfall /usr/local/etc /var/lib/landfall 2>/dev/null`;
}

const UNITS = [
  'cloud-init-local.service',
  'cloud-init.service',
  'cloud-config.service',
  'landfall.service',
  'landfall-ready.target',
];

/** When each unit was done, in seconds from the hand-over of the kernel. */
async function timeline(guest: Guest): Promise<string> {
  const zero = Number(await guest.sh('systemctl show -p UserspaceTimestampMonotonic --value'));
  const rows: string[] = [];
  for (const unit of UNITS) {
    const at = Number(await guest.sh(`systemctl show -p ActiveEnterTimestampMonotonic --value ${unit}`));
    if (at > 0) rows.push(`  ${unit.padEnd(26)} ${((at - zero) / 1e6).toFixed(2).padStart(6)} s`);
  }
  return rows.join('\n');
}

const STATE = [
  'systemctl is-active payroll ledger',
  'systemctl is-enabled payroll ledger',
  'cat /etc/payroll/app.conf /etc/payroll/env /opt/payroll/region',
  'stat -c "%U %G %a %n" /etc/payroll/app.conf /etc/payroll/env /etc/ledger.conf',
].join('; ');

function becomeOf(region: string, limit: number, workers: number): string {
  return `active
active
enabled
enabled
queue=https://sqs.${region}.amazonaws.com/pay
limit=${limit}
NAME="payroll"
WORKERS="${workers}"
${region}
payroll root 644 /etc/payroll/app.conf
root payroll 640 /etc/payroll/env
ledger books 640 /etc/ledger.conf`;
}
