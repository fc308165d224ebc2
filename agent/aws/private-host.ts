import dns from 'node:dns';
import type https from 'node:https';
import { createRequire } from 'node:module';
import net from 'node:net';
import type { Clock } from '#kit/clock.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { hostOf, type RegionsNamedBy } from './endpoint.ts';
import { PUBLIC_ADDRESS } from './exchange.ts';
import type { TimeLimits } from './http.ts';
import type { Pin } from './pin.ts';
import { createTransport, type Transport } from './transport.ts';

export interface PrivateHostParts {
  readonly pin: Pin;
  readonly regionsNamedBy: RegionsNamedBy;
  /** The content of AWS_CA_BUNDLE: as everywhere it replaces the built-in roots. */
  readonly ca: string | undefined;
  readonly limits: TimeLimits;
  readonly clock: Clock;
}

/**
 * Requests to one https host within this VPC, and to no other: no proxy, no redirect, no address of the internet, whatever
 * its name resolves to at that moment. `LF_ENDPOINT_FOREIGN` when the name says that it is in another region, or is AWS's.
 */
export function createPrivateHost(url: URL, parts: PrivateHostParts): Outcome<Transport> {
  const { pin, regionsNamedBy, ca, limits, clock } = parts;
  const host = hostOf(url);
  const other = regionsNamedBy(host).find((region) => region !== pin.region);
  if (other !== undefined) return refuse(host, `it is in ${other}, this instance is in ${pin.region}`, pin);
  if (net.isIP(host) && !isPrivate(host)) return refuse(host, 'it is no address within a VPC', pin);
  const agent = once(() => newTlsAgent(ca));
  const { origin } = url;
  const transport = createTransport({
    agents: {
      get plain(): never {
        throw new Error('a private host is asked over TLS alone');
      },
      tls: () => agent(),
      close: () => agent().destroy(),
    },
    guard: ({ protocol, hostname, port }) =>
      protocol === 'https:' && URL.parse(`https://${hostname}:${port || 443}`)?.origin === origin
        ? undefined
        : refusal(hostname, 'it is not the host that the layer names', pin),
    limits,
    clock,
  });
  return ok(transport);
}

/** RFC 1918, RFC 6598, RFC 4193 and loopback. Not link-local: metadata services answer there. */
const PRIVATE = new net.BlockList();
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
PRIVATE.addSubnet('100.64.0.0', 10);
PRIVATE.addSubnet('127.0.0.0', 8);
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addAddress('::1', 'ipv6');
/** Of the metadata service itself (EC2 User Guide): within fc00::/7, and no host of a VPC. */
const METADATA = new net.BlockList();
METADATA.addSubnet('fd00:ec2::', 32, 'ipv6');

export function isPrivate(address: string): boolean {
  const family = net.isIPv6(address) ? 'ipv6' : 'ipv4';
  return PRIVATE.check(address, family) && !METADATA.check(address, family);
}

/** Kept connections would outlive what the name resolves to; one request an interval needs none. */
function newTlsAgent(ca: string | undefined): https.Agent {
  const { Agent } = createRequire('/')('node:https') as typeof https;
  return new Agent({ keepAlive: false, lookup: lookupPrivate, ...(ca === undefined ? {} : { ca }) });
}

/** The private addresses of a name alone: checked where the connection is made, no answer can slip in between. */
const lookupPrivate: net.LookupFunction = (name, options, done) => {
  dns.lookup(name, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '', 0);
    const addresses = found.filter(({ address }) => isPrivate(address));
    const [first] = addresses;
    if (!first) return done(Object.assign(new Error('no private address'), { code: PUBLIC_ADDRESS }), '', 0);
    return options.all ? done(null, addresses) : done(null, first.address, first.family);
  });
};

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function refusal(host: string, cause: string, { region }: Pin) {
  const hint = `Name a host of this VPC, in ${region}, in LANDFALL_LAYERS.`;
  return { code: 'LF_ENDPOINT_FOREIGN', operation: 'call', subject: host, cause, hint } as const;
}

function refuse(host: string, cause: string, pin: Pin): Outcome<never> {
  return fail(refusal(host, cause, pin));
}
