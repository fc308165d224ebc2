import { expect, it } from 'vitest';
import { parseAccounts } from '#agent/apply/commands/account.ts';

it('an account has its groups, its own not among them, and a home', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/bash\napp:x:1000:1000:::/bin/sh\n';
  const group = 'root:x:0:\napp:x:1000:app\ndocker:x:999:other,app\nadm:x:4:app\nadm2:x:4:app\n';
  expect(parseAccounts(passwd, group)).toEqual([
    { name: 'root', uid: 0, gid: 0, groups: [], home: '/root' },
    { name: 'app', uid: 1000, gid: 1000, groups: [999, 4], home: '/' },
  ]);
});

it.each(['', ':x:1:1::/:', 'a:x:-1:1::/:', 'a:x:1:x::/:', '# comment', '+nis::::::', 'a:x:1'])(
  'the line %j is nobody',
  (line) => {
    expect(parseAccounts(`${line}\n`, 'broken\nalso:broken\n')).toEqual([]);
  },
);
