import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { ConnectionPools } from '#agent/aws/connection-pools.ts';
import { sdkCredentials, type CredentialSource } from '#agent/aws/credentials.ts';
import type { Endpoint } from '#agent/aws/endpoint.ts';
import { guardedHandler } from './guarded-handler.ts';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import type { Pin } from '#agent/aws/pin.ts';
import type { TimeLimits } from '#agent/aws/http.ts';

export interface ClientParts {
  readonly pin: Pin;
  readonly endpoint: Endpoint;
  readonly credentials: CredentialSource;
  readonly agents: ConnectionPools;
  readonly limits: TimeLimits;
}

/**
 * What every SDK client here is constructed with (law 2). An option left out is looked up in the process environment and
 * then in `~/.aws/config` of the image, so each one that has such a lookup is spelled out; a test loads a client beside a
 * hostile configuration file and sees that nobody opens it.
 */
export function pinnedClientConfig({ pin, endpoint, credentials, agents, limits }: ClientParts) {
  const handler = new NodeHttpHandler({
    httpAgent: agents.plain,
    httpsAgent: agents.tls(endpoint.url),
    connectionTimeout: limits.connectMs,
    requestTimeout: limits.firstByteMs,
    socketTimeout: limits.totalMs,
    throwOnRequestTimeout: true,
  });
  return {
    region: pin.region,
    endpoint: endpoint.url.href,
    credentials: sdkCredentials(credentials),
    requestHandler: guardedHandler(handler, createHostGuard(pin, [endpoint])),
    maxAttempts: 2,
    retryMode: 'standard' as const,
    defaultsMode: 'standard' as const,
    authSchemePreference: ['aws.auth#sigv4'],
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: 'landfall',
    disableClockSkewCorrection: false,
  };
}

/** What an S3 client needs besides: every way out of the region that S3 offers, closed. */
export function pinnedS3Config(parts: ClientParts) {
  return {
    ...pinnedClientConfig(parts),
    forcePathStyle: parts.endpoint.overridden,
    followRegionRedirects: false,
    useArnRegion: false,
    disableMultiregionAccessPoints: true,
    useGlobalEndpoint: false,
    useAccelerateEndpoint: false,
    disableS3ExpressSessionAuth: true,
    sigv4aSigningRegionSet: [parts.pin.region],
    requestChecksumCalculation: 'WHEN_SUPPORTED' as const,
    responseChecksumValidation: 'WHEN_SUPPORTED' as const,
  };
}
