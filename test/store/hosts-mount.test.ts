import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { fenceHosts } from '../../config-service/store/fence/fenced-hosts.ts';
import { withHostLines } from '../../config-service/store/fence/host-lines.ts';
import { rewriteHosts } from '../../config-service/store/fence/hosts-file.ts';
import { verdictOf } from '../support/fetching.ts';
import { UNMOUNTABLE } from '../support/mounts.ts';
import { ELSEWHERE, HERE } from '../support/sealing.ts';

/** A file that is a mount of its own, as /etc/hosts is in containers: no rename takes its place. */
function mounted(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-hosts-'));
  const [path, source] = [join(folder, 'hosts'), join(folder, 'source')];
  for (const file of [path, source]) writeFileSync(file, text);
  expect(spawnSync('mount', ['--bind', source, path]).status).toBe(0);
  onTestFinished(() => {
    spawnSync('umount', [path]);
    rmSync(folder, { recursive: true });
  });
  return { folder, source, file: { path, journal: join(folder, 'hosts.pending'), labels: '/nowhere' } };
}

it.skipIf(UNMOUNTABLE)(
  'a file that is a mount of its own, as in containers, is written in place',
  async () => {
    const { folder, source, file } = mounted('theirs\n');
    expect(await rewriteHosts(file, (text) => `${text}ours\n`)).toBe(true);
    expect(readFileSync(file.path, 'utf8')).toBe('theirs\nours\n');
    expect(readFileSync(source, 'utf8')).toBe('theirs\nours\n');
    expect(readdirSync(folder).toSorted()).toEqual(['hosts', 'source']);
  },
);

it.skipIf(UNMOUNTABLE)('a line of another region that cannot go ends the boot', async () => {
  const far = withHostLines('', ELSEWHERE, [{ address: '10.0.1.7', names: ['far'] }]);
  const { file, source } = mounted(far);
  expect(spawnSync('mount', ['-o', 'remount,bind,ro', file.path]).status).toBe(0);
  expect(verdictOf(await fenceHosts(file, HERE, 0))).toBe('fail LF_REGION_LEFT');
  expect(readFileSync(source, 'utf8')).toBe(far);
});
