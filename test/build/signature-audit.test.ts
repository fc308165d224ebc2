import { describe, expect, it } from 'vitest';
import { judgeSignatures } from '#scripts/build/audit.ts';

describe('the audit of signatures', () => {
  it('fails on one that does not hold, and names it', () => {
    const invalid = [{ name: 'yaml', version: '2.9.1', code: 'EINTEGRITYSIGNATURE' }];
    expect(judgeSignatures(JSON.stringify({ invalid, missing: [] }))).toEqual({
      kind: 'bad',
      line: 'signatures of the registry do not hold: yaml@2.9.1',
    });
  });

  it('says that they hold, and how many there are none of', () => {
    expect(judgeSignatures('{"invalid":[],"missing":[]}').line).toBe('all signatures of the registry hold');
    expect(judgeSignatures('{"invalid":[],"missing":[{}]}')).toEqual({
      kind: 'verified',
      line: 'all signatures of the registry hold; 1 packages have none',
    });
  });

  it.each([
    ['{"error":{"code":"ENOTFOUND","summary":"no such host\\nproxy?"}}', 'no such host'],
    ['{"error":{"code":"ENOTFOUND"}}', 'ENOTFOUND'],
    ['', 'npm printed no report'],
    ['null', 'npm printed no report'],
    ['<html>', 'npm printed no report'],
  ])('takes no answer for no finding, and says so: %s', (printed, why) => {
    expect(judgeSignatures(printed)).toEqual({
      kind: 'unanswered',
      line: `signatures of the registry were NOT audited: ${why}`,
    });
  });
});
