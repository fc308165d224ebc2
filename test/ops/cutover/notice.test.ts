import { describe, expect, it } from 'vitest';
import { readYamlTree, type YamlTree } from '../../../scripts/ops/across/yaml-tree.ts';
import { readNotice, type Notice } from '../../../scripts/ops/cutover/notice.ts';

function noticeOf(entries: Readonly<Record<string, string>>): Notice | undefined {
  const read = readYamlTree(JSON.stringify(entries));
  const tree: YamlTree | undefined = 'tree' in read ? read.tree : undefined;
  return readNotice(tree, 'payroll', 'payroll.yaml');
}

describe('what users are told of a cutover', () => {
  it('says day, time and time zone, and what that is in UTC', () => {
    const notice = noticeOf({ at: '2026-07-11 22:00', zone: 'Europe/Dublin', text: '{service}: {when}.' });
    const utc = '2026-07-11 21:00 UTC';
    expect(notice?.text).toBe(
      `payroll: Saturday, 11 July 2026, 22:00 Europe/Dublin (UTC+01:00), which is ${utc}.`,
    );
    expect(notice?.at).toBe(Date.parse('2026-07-11T21:00:00Z'));
    expect(noticeOf({ at: '2026-12-05 23:30', zone: 'America/St_Johns' })?.text).toContain(
      '23:30 America/St_Johns (UTC-03:30), which is 2026-12-06 03:00 UTC',
    );
  });

  it.each([
    [{ at: '2026-12-06 00:00', zone: 'Europe/Dublin' }, 'the night before or after'],
    [{ at: '2026-12-05 22:00' }, 'notice.zone is missing'],
    [{ at: '2026-12-05 22:00', zone: 'Dublin' }, 'no time zone'],
    [{ at: 'Saturday night', zone: 'UTC' }, 'notice.at cannot be'],
    [{ at: '2026-02-30 22:00', zone: 'UTC' }, 'which no clock'],
    [{ at: '2026-03-29 02:30', zone: 'Europe/Paris' }, 'which no clock in Europe/Paris shows'],
    [{ at: '2026-10-25 02:30', zone: 'Europe/Paris' }, 'show twice'],
    [{ at: '2026-12-05 22:00', zone: 'UTC', text: 'We move on Saturday.' }, 'no {when}'],
    [{ at: '2026-12-05 22:00', zone: 'UTC', text: 'Midnight it is: {when}' }, 'says Midnight'],
    [{ at: '2026-12-05 22:00', zone: 'UTC', text: '{when}, over by 12 a.m.' }, 'says 12 a.m'],
    [{ at: '2026-12-05 22:00', zone: 'UTC', hour: '22' }, 'notice.hour means nothing'],
  ])('refuses what readers could take for another time: %j', (entries, words) => {
    expect(() => noticeOf(entries)).toThrow(words);
  });
});
