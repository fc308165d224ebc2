import { describe, expect, it } from 'vitest';
import { diffOfFile, type FileDiff } from '#scripts/ops/folder/file-diff.ts';

function diff(before: string | undefined, after: string | undefined): FileDiff {
  return diffOfFile(bytesOf(before), bytesOf(after));
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text);
}

function keyWith(body: string): string {
  return `a\n-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----\nb\n`;
}

function numbersFrom(first: number): string {
  return Array.from({ length: 3000 }, (_, index) => `${first + index}\n`).join('');
}

function lines(before: string | undefined, after: string | undefined): readonly string[] {
  const found = diff(before, after);
  return found.kind === 'text' ? found.lines : [found.what];
}

describe('the diff of a file', () => {
  it('shows what changed with two lines around it, as diff -u does', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\n';
    expect(lines(before, before.replace('d', 'D'))).toEqual([
      '@@ -2,5 +2,5 @@',
      ' b',
      ' c',
      '-d',
      '+D',
      ' e',
      ' f',
    ]);
  });

  it('shows all of a file that is new, and of one that is gone', () => {
    expect(lines(undefined, 'x\ny\n')).toEqual(['@@ -0,0 +1,2 @@', '+x', '+y']);
    expect(lines('x\n', undefined)).toEqual(['@@ -1,1 +0,0 @@', '-x']);
  });

  it('tells a last line without an end', () => {
    expect(lines('x', 'x\n')).toEqual(['@@ -1,1 +1,1 @@', '-x', '\\ No newline at end of file', '+x']);
  });

  it.each([
    ['a setting', 'db.password=hunter2\n', 'db.password=hunter3\n', '-db.password=[hidden]'],
    ['YAML', '  apiKey: "k1"\n', '  apiKey: "k2"\n', '-  apiKey: [hidden]'],
    ['an export', 'export API_TOKEN=one\n', 'export API_TOKEN=two\n', '-export API_TOKEN=[hidden]'],
    ['an argument', 'app --password one -v\n', 'app --password two -v\n', '-app --password [hidden] -v'],
    ['a URL', 'u postgres://a:one@h/x\n', 'u postgres://a:two@h/x\n', '-u postgres[hidden]h/x'],
    ['a short name', 'smtp.pwd=one\n', 'smtp.pwd=two\n', '-smtp.pwd=[hidden]'],
    ['a connection', 'c=a;Password=one;b\n', 'c=a;Password=two;b\n', '-c=[hidden]'],
    ['a signed address', 'GET /c?v=1&sig=abcdefgh1\n', 'GET /c?v=1&sig=abcdefgh2\n', '-GET /c?v=[hidden]'],
    ['a netrc', 'login u password one\n', 'login u password two\n', '-login u password [hidden]'],
    ['redis', 'requirepass one\n', 'requirepass two\n', '-requirepass [hidden]'],
    [
      'XML',
      '<db-password>one</db-password>\n',
      '<db-password>two</db-password>\n',
      '-<db-password>[hidden]</db-password>',
    ],
    ['a key of AWS', 'k AKIAIOSFODNN7EXAMPLE\n', 'k AKIAIOSFODNN7EXAMPLF\n', '-k [hidden]'],
  ])('hides a secret in %s on both sides, and shows that it differs', (_, before, after, shown) => {
    const [, was, is] = lines(before, after);
    expect(was).toBe(shown);
    expect(is).toBe(shown.replace('-', '+'));
  });

  it.each([
    'passport=1',
    'compass=1',
    'bypass.cache=1',
    'the password is kept in SSM',
    'monkey=1',
    'c=a;Password=${p}',
  ])('shows %s, which is none', (line) => {
    expect(lines(undefined, `${line}\n`)).toContain(`+${line}`);
  });

  it('shows a reference to a secret, which is none', () => {
    expect(lines('db.password=${@ssm:/a}\n', 'db.password=${@ssm:/b}\n')).toEqual([
      '@@ -1,1 +1,1 @@',
      '-db.password=${@ssm:/a}',
      '+db.password=${@ssm:/b}',
    ]);
  });

  it('hides all of a private key', () => {
    expect(lines(keyWith('MIIEone'), keyWith('MIIEtwo')).join('\n')).not.toMatch(/MIIE/);
    expect(lines(keyWith('MIIEone'), keyWith('MIIEtwo'))).toContain('+[hidden]');
  });

  it('says of what is no text, too long or all different how large it is', () => {
    expect(diffOfFile(Buffer.from([0, 1]), Buffer.from([0, 1, 2]))).toEqual({
      kind: 'other',
      what: 'binary, 2 bytes -> 3 bytes',
    });
    expect(diffOfFile(Buffer.from([0xff]), undefined)).toMatchObject({ what: 'binary, 1 bytes -> none' });
    expect(diff('x\n'.repeat(200_000), 'y\n')).toMatchObject({ what: expect.stringContaining('too long') });
    expect(diff(numbersFrom(0), numbersFrom(10_000))).toMatchObject({
      what: expect.stringContaining('most of it'),
    });
  });
});
