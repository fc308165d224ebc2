import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRedaction } from '#agent/apply/redaction.ts';

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

it('the longest secret goes first, and what is too short to hide anything stays', () => {
  const redact = createRedaction(['pass', 'password1', 'on', '', '$&x$']);
  expect(redact('password1 pass on $&x$')).toBe('[redacted] [redacted] on [redacted]');
});
