import { expect, it } from 'vitest';
import type { FailureReason, HttpRequest } from '#agent/aws/http.ts';
import { explainingTransport } from '#agent/aws/explaining-transport.ts';
import { PIN } from '../support/pinned.ts';

const request: HttpRequest = {
  origin: new URL('https://ssm-fips.eu-west-1.amazonaws.com'),
  path: '/',
  headers: {},
  maxBytes: 1,
  signal: new AbortController().signal,
};

async function said(reason: FailureReason, stack: { fips: boolean; dualStack: boolean }) {
  const failing = { kind: 'failure', reason, detail: 'no answer', stale: false } as const;
  const result = await explainingTransport({ send: async () => failing }, stack, PIN).send(request);
  return result.kind === 'failure' ? result.detail : result.kind;
}

it('a host that does not resolve is told with what asked for it, and no other failure is', async () => {
  expect(await said('dns', { fips: true, dualStack: false })).toBe(
    'no answer; ssm-fips.eu-west-1.amazonaws.com is asked for by AWS_USE_FIPS_ENDPOINT, and perhaps none is in eu-west-1',
  );
  expect(await said('timeout', { fips: true, dualStack: false })).toBe('no answer');
  expect(await said('dns', { fips: false, dualStack: false })).toBe('no answer');
});
