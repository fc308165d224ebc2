import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endingLines, settingLines } from '../../../scripts/ops/cutover/maintenance-flag.ts';
import { leadingLines, removalLines } from '../../../scripts/ops/cutover/rehearsal-hosts.ts';

/** What instances are given runs here for real, with programs in front of the path that note how they were called. */
describe('a script for an instance', () => {
  let folder = '';
  let hosts = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'landfall-scripts-'));
    hosts = join(folder, "ho'sts");
    program('systemctl', 'exit 1');
    program('systemd-run', `for last; do :; done; printf %s "$last" >${folder}/timer`);
    program('getent', 'printf "192.0.2.44 STREAM db\\n192.0.2.44 DGRAM\\n"');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const program = (name: string, body: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const run = (lines: readonly string[]) =>
    spawnSync('/bin/sh', ['-c', lines.join('\n')], {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
  const entries = { service: 'pay.roll', hosts: ['db.one', 'db.two'], endpoint: 'db.x.rds', forMs: 90_000 };

  it('leads names to the copy once, however often it runs, until the timer or the end takes them back', () => {
    const before = '127.0.0.1 localhost\n10.0.0.1 db.one # by hand\n10.1 x # landfall-ops cutover payxroll\n';
    writeFileSync(hosts, before);
    for (let times = 2; times > 0; times -= 1)
      expect(run(leadingLines(entries, hosts))).toMatchObject({ status: 0 });
    const line = '192.0.2.44 db.one db.two # landfall-ops cutover pay.roll\n';
    expect(readFileSync(hosts, 'utf8')).toBe(`${before}${line}`);
    execFileSync('/bin/sh', [join(folder, 'timer')]);
    expect(readFileSync(hosts, 'utf8')).toBe(before);
    run(leadingLines(entries, hosts));
    for (let times = 2; times > 0; times -= 1)
      expect(run(removalLines('pay.roll', hosts))).toMatchObject({ status: 0 });
    expect(readFileSync(hosts, 'utf8')).toBe(before);
  });

  it('changes nothing where the copy has no address, or no timer can be had', () => {
    writeFileSync(hosts, 'before\n');
    program('getent', 'exit 2');
    const ran = run(leadingLines(entries, hosts));
    expect([ran.status, ran.stderr]).toEqual([1, 'db.x.rds has no address here\n']);
    program('getent', 'echo 192.0.2.44');
    program('systemd-run', 'exit 1');
    expect(run(leadingLines(entries, hosts)).status).toBe(1);
    expect(readFileSync(hosts, 'utf8')).toBe('before\n');
  });

  it('hands landfall a value as it is, whatever a shell would make of it', () => {
    program('landfall', `printf '<%s>' "$@" >${folder}/called`);
    const value = `$(touch ${folder}/run)'"; rm -rf / #`;
    const maintenance = { key: 'a.b', value, forText: '60s' };
    expect(run(settingLines(maintenance, "it's why")).status).toBe(0);
    expect(readFileSync(join(folder, 'called'), 'utf8')).toBe(
      `<set><--for><60s><--reason><it's why><--><a.b><${value}>`,
    );
  });

  it.each([
    [0, 0],
    [9, 0],
    [5, 5],
  ])('takes a flag away: %i of landfall unset is %i', (code, expected) => {
    program('landfall', `exit ${code}`);
    expect(run(endingLines({ key: 'a.b' })).status).toBe(expected);
  });
});
