import { describe, expect, it } from 'vitest';
import { groupPrefix, memberKey, parseMember } from '#agent/membership/member.ts';

const GROUP = { environment: 'prod', role: 'app' };
const PEER = {
  id: 'i-0abc1234',
  zone: 'eu-west-1a',
  address: '10.0.1.5',
  tags: { version: '42 b/c&d', pool: 'blü' },
};

const belowOf = (key: string | undefined): string => (key ?? '').slice(groupPrefix(GROUP).length);

describe('the name of a member', () => {
  it('says all that others are to know, and is read back', () => {
    const key = memberKey(GROUP, PEER);
    expect(key).toBe('peers/prod/app/i-0abc1234/eu-west-1a/10.0.1.5/pool=bl%C3%BC&version=42+b%2Fc%26d');
    expect(parseMember(belowOf(key), 'eu-west-1')).toEqual(PEER);
    const plain = { ...PEER, tags: {} };
    expect(parseMember(belowOf(memberKey(GROUP, plain)), 'eu-west-1')).toEqual(plain);
  });

  it('keeps groups apart whatever a role is called', () => {
    expect(groupPrefix({ environment: undefined, role: undefined })).toBe('peers/-/-/');
    expect(groupPrefix({ environment: 'a/b', role: '..' })).toBe('peers/a%2Fb/%2E%2E/');
    expect(groupPrefix({ environment: '-', role: 'a.b-c' })).toBe('peers/%2D/a.b-c/');
  });

  it('is none with tags that no key has room for', () => {
    expect(memberKey(GROUP, { ...PEER, tags: { note: 'x'.repeat(600) } })).toBeUndefined();
  });

  it.each([
    ['of another region', 'i-0abc/us-east-1a/10.0.1.5'],
    ['of a region that begins like this one', 'i-0abc/eu-west-10a/10.0.1.5'],
    ['that has no address', 'i-0abc/eu-west-1a/10.0.1.5;'],
    ['that has a name for an address', 'i-0abc/eu-west-1a/evil.example.com'],
    ['that is no instance', 'nobody/eu-west-1a/10.0.1.5'],
    ['with a line end in a tag', 'i-0abc/eu-west-1a/10.0.1.5/a=b%0Aserver+evil'],
    ['with more behind it', 'i-0abc/eu-west-1a/10.0.1.5/a=b/c'],
    ['of nothing', ''],
  ])('is nobody %s', (_, below) => {
    expect(parseMember(below, 'eu-west-1')).toBeUndefined();
  });

  it('may lie in a Local Zone', () => {
    expect(parseMember('i-0abc/us-west-2-lax-1a/10.0.1.5', 'us-west-2')?.zone).toBe('us-west-2-lax-1a');
  });
});
