import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRedaction, redactionOf } from '#agent/apply/redaction.ts';
import { generationOf } from '../support/generations.ts';

it('no secret is left, wherever it stands and however the text was cut', () => {
  const secret = fc.string({ unit: fc.constantFrom('k', 'q', 'z', '7'), minLength: 4, maxLength: 12 });
  const noise = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n') });
  fc.assert(
    fc.property(secret, noise, noise, fc.nat(20), (value, before, after, cut) => {
      const text = createRedaction([value])(`${before}${value}${after}`.slice(cut));
      for (let length = 4; length <= value.length; length += 1)
        expect(text).not.toContain(value.slice(-length));
    }),
  );
});

it('of a secret in several lines each line is one', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n';
  const text = createRedaction([key])('   MIIEvQIBADANBg\n  kqhkiG9w0BAQEF rest');
  expect(text).toBe('   [redacted]\n  [redacted] rest');
});

it('a secret is found as programs write it in passing', () => {
  const secret = 'p4ss "w/rd+é';
  const encoded = [
    Buffer.from(`app:${secret}`).toString('base64'),
    Buffer.from(`user:${secret}:x`).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    JSON.stringify({ a: secret }),
    `https://h/?p=${encodeURIComponent(secret)}`,
  ];
  const redact = createRedaction([secret]);
  for (const text of encoded) expect(redact(text)).toContain('[redacted]');
});

it('of a generation are the values that hold one, the secrets, and fields that nobody refers to', () => {
  const next = generationOf(1, { url: 'pg://u:hunter2@h', free: 'public' });
  const effective = new Map(next.effective);
  const url = next.effective.get('url');
  if (url) effective.set('url', { ...url, masked: 'pg://u:[x]@h' });
  const secretTexts = ['hunter2', '{"user":"u","deep":{"token":"t0ken-9"}}'];
  const redact = redactionOf({ next: { ...next, effective }, before: undefined, secretTexts });
  expect(redact('pg://u:hunter2@h hunter2 t0ken-9 public u')).toBe(
    '[redacted] [redacted] [redacted] public u',
  );
});

it('the longest secret goes first, and what is too short to hide anything stays', () => {
  const redact = createRedaction(['pass', 'password1', 'on', '', '$&x$']);
  expect(redact('password1 pass on $&x$')).toBe('[redacted] [redacted] on [redacted]');
});
