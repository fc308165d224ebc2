import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { hostOf, isLoopback, type Environment, type RegionsNamedBy } from './endpoint.ts';
import type { Pin } from './pin.ts';

/** A variable that leads requests elsewhere than to AWS's own addresses. */
export interface Detour {
  readonly variable: string;
  /** Scheme, host and port: no user, no password, no path. */
  readonly address: string;
  readonly kind: 'proxy' | 'endpoint' | 'metadata';
  /** What is sent can be read and changed on the way: http to another host. A proxy carries TLS whatever it is asked by. */
  readonly plain: boolean;
  /** Regions that the host names, this instance's own among them. */
  readonly regions: readonly string[];
}

const PROXIES: readonly string[] = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
const ENDPOINT = /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]+)?$/;
const METADATA = 'AWS_EC2_METADATA_SERVICE_ENDPOINT';
/** Where IMDS and its like answer on every instance (EC2 User Guide): no network is between. */
const OF_THE_INSTANCE = /^(?:169\.254\.|fd00:ec2:)/;

/** Sorted by variable. HTTP_PROXY is among them: Landfall does not follow it, but what it starts may. */
export function detoursOf(env: Environment, regionsNamedBy: RegionsNamedBy): readonly Detour[] {
  return Object.keys(env)
    .toSorted()
    .flatMap((variable) => {
      const kind = kindOf(variable);
      const value = env[variable]?.trim() ?? '';
      if (kind === undefined || value === '') return [];
      // `squid:3128` alone would be a scheme and a path.
      const url = URL.parse(value.includes('://') ? value : `http://${value}`);
      if (!url || url.hostname === '')
        return [{ variable, address: 'no address', kind, plain: false, regions: [] }];
      const host = hostOf(url);
      const isPlain = url.protocol === 'http:' && kind !== 'proxy' && !isLoopback(host);
      return [
        {
          variable,
          address: `${url.protocol}//${url.host}`,
          kind,
          plain: isPlain && !(kind === 'metadata' && OF_THE_INSTANCE.test(host)),
          regions: regionsNamedBy(host),
        },
      ];
    });
}

/** Proxies and metadata addresses of another region (`LF_ENDPOINT_FOREIGN`); endpoints are refused where they are resolved. */
export function refuseForeignDetours(detours: readonly Detour[], pin: Pin): Outcome<void> {
  for (const { variable, address, kind, regions } of detours) {
    const other = regions.find((region) => region !== pin.region);
    if (other === undefined || kind === 'endpoint') continue;
    return fail({
      code: 'LF_ENDPOINT_FOREIGN',
      operation: 'use',
      subject: variable,
      cause: `${address} is in ${other}, this instance is in ${pin.region}`,
      hint: `Unset ${variable}, or set it to one of ${pin.region}.`,
    });
  }
  return ok(undefined);
}

function kindOf(variable: string): Detour['kind'] | undefined {
  if (PROXIES.includes(variable)) return 'proxy';
  if (variable === METADATA) return 'metadata';
  return ENDPOINT.test(variable) ? 'endpoint' : undefined;
}
