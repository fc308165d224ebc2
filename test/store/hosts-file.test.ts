import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fenceHosts } from '../../config-service/store/fence/fenced-hosts.ts';
import { withHostLines } from '../../config-service/store/fence/host-lines.ts';
import { recoverHosts, rewriteHosts } from '../../config-service/store/fence/hosts-file.ts';
import { valueOf } from '../support/fetching.ts';
import { ELSEWHERE, HERE, SIBLING } from '../support/sealing.ts';

const root = mkdtempSync(join(tmpdir(), 'landfall-hosts-'));
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;
function place(text = 'theirs\n') {
  made += 1;
  const folder = join(root, String(made));
  mkdirSync(folder);
  const path = join(folder, 'hosts');
  writeFileSync(path, text, { mode: 0o640 });
  // Where labels are, it is written in place.
  const inPlace = { path, journal: join(folder, 'hosts.pending'), labels: '/proc' };
  return { folder, path, inPlace, file: { ...inPlace, labels: '/nowhere' } };
}
const read = (path: string): string => readFileSync(path, 'utf8');
const adding = (line: string) => (text: string) => `${text}${line}\n`;

const journalOf = (path: string, before: string, after: string): string =>
  JSON.stringify({
    path,
    before: Buffer.from(before).toString('base64'),
    after: Buffer.from(after).toString('base64'),
  });

const line = (name: string, until?: number) => ({ address: '10.0.1.7', names: [name], until });

const lined = (text: string, stamp: typeof HERE, name: string, until?: number): string =>
  `${text}${withHostLines('', stamp, [line(name, until)])}`;

describe('rewriting a file that others write, too', () => {
  it.each(['file', 'inPlace'] as const)(
    'keeps mode and name, and leaves nothing beside it (%s)',
    async (way) => {
      const { folder, path, [way]: file } = place();
      chmodSync(path, 0o604);
      expect(await rewriteHosts(file, adding('ours'))).toBe(true);
      expect(read(path)).toBe('theirs\nours\n');
      expect(statSync(path).mode & 0o777).toBe(0o604);
      expect(readdirSync(folder)).toEqual(['hosts']);
      expect(await rewriteHosts(file, (text) => text)).toBe(false);
    },
  );

  it('goes through a link, keeps it, and does not take the place of one that leads nowhere', async () => {
    const { folder, path, file } = place();
    const link = join(folder, 'link');
    symlinkSync('hosts', link);
    await rewriteHosts({ ...file, path: link }, adding('ours'));
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(read(path)).toBe('theirs\nours\n');
    rmSync(path);
    await expect(rewriteHosts({ ...file, path: link }, adding('ours'))).rejects.toThrow('leads nowhere');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('keeps further names of the file, and what it is labelled with, by writing in place', async () => {
    const { folder, path, file, inPlace } = place();
    linkSync(path, join(folder, 'other'));
    await rewriteHosts(file, adding('ours'));
    expect(read(join(folder, 'other'))).toBe('theirs\nours\n');
    const labelled = place();
    const { ino } = statSync(labelled.path);
    await rewriteHosts(labelled.inPlace, adding('ours'));
    expect(statSync(labelled.path).ino).toBe(ino);
    expect(inPlace.labels).not.toBe(file.labels);
  });

  it('takes up what somebody else writes at the same time, and gives up on one who never ends', async () => {
    const { path, file } = place();
    let times = 0;
    const change = (text: string): string => {
      times += 1;
      if (times === 1) writeFileSync(path, 'theirs\nmeanwhile\n');
      return `${text}ours\n`;
    };
    await rewriteHosts(file, change);
    expect(read(path)).toBe('theirs\nmeanwhile\nours\n');
    const restless = (text: string): string => {
      times += 1;
      writeFileSync(path, `${times}\n`);
      return `${text}ours\n`;
    };
    await expect(rewriteHosts(file, restless)).rejects.toMatchObject({ code: 'EAGAIN' });
    expect(read(path)).toBe(`${times}\n`);
  });

  it('is for files, and makes one where there is none', async () => {
    const { folder, path, file } = place();
    await expect(rewriteHosts({ ...file, path: folder }, adding('x'))).rejects.toMatchObject({
      code: 'EINVAL',
    });
    rmSync(path);
    await rewriteHosts(file, adding('ours'));
    expect([read(path), statSync(path).mode & 0o777]).toEqual(['ours\n', 0o644]);
  });
});

describe('a kill in the middle of writing in place', () => {
  it.each([
    ['a longer text', '127.0.0.1 localhost\n10.0.0.1 a\n', '127.0.0.1 localhost\n10.0.0.1 a\n10.0.1.7 db\n'],
    ['a shorter one', '127.0.0.1 localhost\n10.0.1.7 db\n10.0.0.1 a\n', '127.0.0.1 localhost\n10.0.0.1 a\n'],
    ['one as long', 'aaaa\nbbbb\n', 'aaaa\ncccc\n'],
  ])('leaves the old text or the new one, wherever it was: %s', async (_, before, after) => {
    for (let written = 0; written <= after.length; written += 1) {
      const torn = after.slice(0, written) + before.slice(written);
      const { path, inPlace, folder } = place(torn);
      writeFileSync(inPlace.journal, journalOf(path, before, after));
      await recoverHosts(inPlace);
      expect([before, after], `${written} bytes`).toContain(read(path));
      expect(readdirSync(folder)).toEqual(['hosts']);
    }
  });

  it('does not take back what somebody wrote since, and minds no journal that is torn itself', async () => {
    for (const since of ['aaaa\ncccc\n10.0.0.5 new\n', 'entirely different\n', '']) {
      const { path, inPlace } = place(since);
      writeFileSync(inPlace.journal, journalOf(path, 'aaaa\nbbbb\n', 'aaaa\ncccc\n'));
      await recoverHosts(inPlace);
      expect(read(path)).toBe(since);
    }
    const { path, inPlace } = place();
    writeFileSync(inPlace.journal, '{"path":"');
    expect(await rewriteHosts(inPlace, adding('ours'))).toBe(true);
    expect(read(path)).toBe('theirs\nours\n');
  });
});

describe('the fence around a file of host names', () => {
  const NOW = 1_000_000;
  it('takes lines of another region, of another instance and of a time that is over, and nothing else', async () => {
    let text = lined('127.0.0.1 localhost\n', ELSEWHERE, 'far');
    text = lined(text, SIBLING, 'sibling');
    text = lined(`${text}10.0.0.9 theirs\n`, HERE, 'over', NOW);
    const { file, path } = place(lined(text, HERE, 'ours', NOW + 1));
    const removed = valueOf(await fenceHosts(file, HERE, NOW));
    expect(removed.map(({ kind, reason }) => `${kind} ${reason}`).toSorted()).toEqual([
      'lines foreign',
      'lines leftover',
      'lines other-instance',
    ]);
    expect(read(path)).toMatch(/^127\.0\.0\.1 localhost\n10\.0\.0\.9 theirs\n10\.0\.1\.7\tours # [^\n]+\n$/);
    expect(valueOf(await fenceHosts(file, HERE, NOW))).toEqual([]);
  });

  it('takes all of ours before an image is made', async () => {
    const { file, path } = place(lined('127.0.0.1 localhost\n', HERE, 'ours'));
    expect(valueOf(await fenceHosts(file, undefined, 0))).toMatchObject([
      { kind: 'lines', reason: 'emptied' },
    ]);
    expect(read(path)).toBe('127.0.0.1 localhost\n');
  });

  it('does not touch a file without a line of ours, one that is no file, nor one that is not there', async () => {
    const { folder, file, path } = place();
    const { mtimeMs } = statSync(path);
    expect(valueOf(await fenceHosts(file, HERE, NOW))).toEqual([]);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
    expect(valueOf(await fenceHosts({ ...file, path: folder }, HERE, NOW))).toEqual([]);
    expect(valueOf(await fenceHosts({ ...file, path: join(folder, 'none') }, HERE, NOW))).toEqual([]);
  });
});
