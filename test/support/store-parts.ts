import { createPrivateHost } from '#agent/aws/private-host.ts';
import type { StoreParts } from '#agent/stores/open-store.ts';
import { regionsNamedBy } from '#config-service';
import { systemClock } from '#kit/clock.ts';
import { CERTIFICATE } from './connect-proxy.ts';
import { FakeClock } from './fake-clock.ts';
import { PIN } from './pinned.ts';

/** Milliseconds. */
const LIMITS = { connectMs: 1000, firstByteMs: 1000, totalMs: 2000 };

/** What an instance in Ireland reaches stores by; without `aws` nobody answers for it. */
export function storeParts(given: Partial<StoreParts> = {}): StoreParts {
  return {
    aws: undefined as unknown as StoreParts['aws'],
    pin: PIN,
    clock: new FakeClock(),
    random: () => 0,
    privateHost: async (url) =>
      createPrivateHost(url, {
        pin: PIN,
        regionsNamedBy,
        ca: CERTIFICATE,
        limits: LIMITS,
        clock: systemClock,
      }),
    ...given,
  };
}
