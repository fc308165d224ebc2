import type { Fault } from '#kit/errors.ts';
import { hostOf, type Endpoint } from './endpoint.ts';
import type { Pin } from './pin.ts';

/** Where a request is about to go. `hostname` may be in brackets when it is an IPv6 address. */
export interface Destination {
  readonly protocol: string;
  readonly hostname: string;
  /** Empty or absent for the default port of the protocol. */
  readonly port?: string | number | undefined;
}

/** The fault of a request that would leave the region, undefined for one that may go. */
export type HostGuard = (destination: Destination) => Fault | undefined;

/**
 * The last check before bytes leave (law 2), whoever built the request: the host is a regional one of this pin over TLS
 * on its default port, or exactly an endpoint that was configured. So a redirect, a global endpoint, an ARN's region, a
 * multi-region access point (`*.accesspoint.s3-global.*`) and VPC endpoint names stop here unless configured. Where FIPS or
 * dual-stack hosts are asked for, those of `endpoints` are the only regional ones, with a bucket in front of S3's.
 */
export function createHostGuard(pin: Pin, endpoints: readonly Endpoint[]): HostGuard {
  const regional = `.${pin.region}.${pin.dnsSuffix}`;
  const asked = endpoints.filter(({ stack }) => stack !== undefined).map(({ url }) => hostOf(url));
  const isOwn = (host: string): boolean =>
    asked.length === 0 ? host.endsWith(regional) : asked.some((own) => isHostOrBucket(host, own));
  const allowed =
    asked.length === 0 ? `https://*${regional}` : asked.map((own) => `https://${own}`).join(', ');
  const configured = new Set(
    endpoints.filter(({ overridden }) => overridden).map(({ url }) => originOf(url)),
  );
  return (destination) => {
    if (configured.has(originOf(destination))) return undefined;
    const host = hostOf(destination);
    const secure = destination.protocol === 'https:' && portOf(destination) === '443';
    if (secure && isOwn(host)) return undefined;
    return {
      code: 'LF_REGION_CALL',
      operation: 'call',
      subject: host,
      cause: isOwn(host)
        ? 'the request is not plain https'
        : host.endsWith(regional)
          ? 'the host is none of those that are asked for'
          : `the host is not an endpoint of ${pin.region}`,
      hint: `Landfall calls only ${allowed} and the endpoints set in AWS_ENDPOINT_URL*. If this is one of yours, set it there.`,
    };
  };
}

function isHostOrBucket(host: string, own: string): boolean {
  return host === own || (/^s3[.-]/.test(own) && host.endsWith(`.${own}`));
}

function originOf(destination: Destination): string {
  return `${destination.protocol}//${hostOf(destination)}:${portOf(destination)}`;
}

function portOf({ protocol, port }: Destination): string {
  if (port) return String(port);
  return protocol === 'https:' ? '443' : '80';
}
