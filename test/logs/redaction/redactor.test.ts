import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RE2JS } from 're2js';
import { BUILT_IN_NAMES } from '#agent/logs/redaction/built-in.ts';
import { neededText } from '#agent/logs/redaction/custom-rule.ts';
import { compileRedaction } from '#agent/logs/redaction/redactor.ts';

const KEY = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA', 'x8Qd', '-----END RSA PRIVATE KEY-----'];

describe('redaction', () => {
  test.for([
    ['aws-key', 'id AKIAIOSFODNN7EXAMPLE end', 'id [redacted] end'],
    ['aws-key', 'id ASIAIOSFODNN7EXAMPLE', 'id [redacted]'],
    [
      'aws-key',
      'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'aws_secret_access_key = [redacted]',
    ],
    [
      'aws-key',
      '{"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}',
      '{"SecretAccessKey": "[redacted]"}',
    ],
    ['aws-key', 'AKIA is no key', 'AKIA is no key'],
    ['card-number', 'card 4111 1111 1111 1111 ok', 'card [redacted] ok'],
    ['card-number', 'card 5500-0000-0000-0004', 'card [redacted]'],
    ['card-number', 'amex 378282246310005.', 'amex [redacted].'],
    ['card-number', 'card 4111 1111 1111 1112 is none', 'card 4111 1111 1111 1112 is none'],
    ['card-number', 'at 1790000000000 and 20261121070000123', 'at 1790000000000 and 20261121070000123'],
    ['token', 'Authorization: Bearer abcdefgh.12345678', 'Authorization: Bearer [redacted]'],
    ['token', 'Authorization: Basic dXNlcjpwYXNzd29yZA==', 'Authorization: Basic [redacted]'],
    ['token', 'jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!', 'jwt [redacted]!'],
    ['token', 'a basic idea', 'a basic idea'],
    ['url-password', 'postgres://app:s3cr3t@db:5432/x', 'postgres://app:[redacted]@db:5432/x'],
    ['url-password', 'http://h:80/a?x=a@b', 'http://h:80/a?x=a@b'],
    ['email', 'from jo.doe+x@mail.example.com to', 'from [redacted] to'],
    ['private-key', `x ${KEY.join('\n')} y`, 'x [redacted] y'],
  ])('%s: %s', async ([name = '', text = '', expected = '']) => {
    const redact = (await compileRedaction([name], []))?.();
    expect(redact?.(text)).toBe(expected);
  });

  test('a private key that is an event a line is taken out as a whole, and what follows is not', async () => {
    const redact = (await compileRedaction(['private-key'], []))?.();
    expect([...KEY, 'next'].map((line) => redact?.(line))).toEqual([...KEY.map(() => '[redacted]'), 'next']);
  });

  test('a private key that never ends does not take out the rest of the log', async () => {
    const redact = (await compileRedaction(['private-key'], []))?.();
    redact?.(KEY[0] ?? '');
    const lines = Array.from({ length: 500 }, () => redact?.('line'));
    expect(lines.at(-1)).toBe('line');
  });

  test('patterns of the plan are those of RE2, plain texts among them', async () => {
    const redact = (await compileRedaction([], ['ssn=\\d{3}-\\d{2}', 'topsecret']))?.();
    expect(redact?.('ssn=123-45 ssn=x topsecret')).toBe('[redacted] ssn=x [redacted]');
  });

  test('case 42: a pattern that takes others exponential time takes this one none to speak of', async () => {
    const redact = (await compileRedaction([], ['(a+)+$']))?.();
    expect(redact?.(`${'a'.repeat(50_000)}!`)).toBe(`${'a'.repeat(50_000)}!`);
  });

  test('case 42: every built-in takes linear time, whatever the text', async () => {
    const redact = (await compileRedaction(BUILT_IN_NAMES, []))?.();
    const nasty = [
      '4 ',
      '41-',
      '://a:',
      'a@',
      'a.',
      'eyJ',
      'bearer ',
      'AKIA',
      'secret_access_key=',
      '-----BEGIN ',
    ];
    for (const piece of nasty) expect(redact?.(piece.repeat(100_000))).toBeDefined();
  });

  test('nothing matches where the text is missing that a pattern needs', () => {
    const pieces = fc.constantFrom(
      'ab',
      'c',
      '\\d',
      '[xy]+',
      'z?',
      '(q)',
      '(q|r)',
      'w{2}',
      '.',
      '\\.',
      '\\[',
      'k+',
      '^',
      'x*',
      '\\w+',
    );
    const texts = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', '1', 'x', 'y', 'z', 'q', 'r', 'w', '.', '[', 'k'),
    });
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 6 }), texts, (parts, text) => {
        const source = parts.join('');
        const needed = neededText(source);
        if (RE2JS.compile(source).matcher(text).find()) expect(text).toContain(needed);
      }),
      { numRuns: 2_000 },
    );
    expect(neededText('password=\\w+')).toBe('password=');
  });
});
