import { LandfallError } from '#kit/errors.ts';
import type { HttpHandler } from '@smithy/protocol-http';
import type { HostGuard } from '#agent/aws/host-guard.ts';

/**
 * An SDK request handler behind the host guard. It sits below signing, endpoint rules and retries, so nothing a client or
 * a middleware does can get round it. Throws `LandfallError` with `LF_REGION_CALL`: an SDK has no other way to hear it.
 */
export function guardedHandler<Config extends object>(
  inner: HttpHandler<Config>,
  guard: HostGuard,
): HttpHandler<Config> {
  return {
    ...(inner.metadata ? { metadata: inner.metadata } : {}),
    handle: async (request, options) => {
      const fault = guard(request);
      if (fault) throw new LandfallError(fault);
      return inner.handle(request, options);
    },
    // A client that is destroyed would take the shared connection pools with it, under everyone else's requests.
    destroy: () => {},
    updateHttpClientConfig: (key, value) => inner.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => inner.httpHandlerConfigs(),
  };
}
