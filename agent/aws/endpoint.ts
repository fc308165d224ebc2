import { regionFacts } from '#config-service';
import type { Fault, FaultCode } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { Pin } from './pin.ts';
import { serviceHost } from './service-host.ts';
import { askedBy, readStack, stackFault, type Stack } from './stack.ts';

/**
 * Services as the endpoint knows them and as the environment does: `AWS_ENDPOINT_URL_<SERVICE>` is spelled with the
 * SDK's service id (AWS SDKs and Tools Reference Guide, "Service-specific endpoints"), the host with the endpoint prefix,
 * which is the name to sign for as well where none is given.
 */
const SERVICES = {
  s3: { host: 's3', variable: 'AWS_ENDPOINT_URL_S3' },
  ec2: { host: 'ec2', variable: 'AWS_ENDPOINT_URL_EC2' },
  logs: { host: 'logs', variable: 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS' },
  cloudwatch: { host: 'monitoring', variable: 'AWS_ENDPOINT_URL_CLOUDWATCH' },
  ssm: { host: 'ssm', variable: 'AWS_ENDPOINT_URL_SSM' },
  secretsmanager: { host: 'secretsmanager', variable: 'AWS_ENDPOINT_URL_SECRETS_MANAGER' },
  autoscaling: { host: 'autoscaling', variable: 'AWS_ENDPOINT_URL_AUTO_SCALING' },
  cloudformation: { host: 'cloudformation', variable: 'AWS_ENDPOINT_URL_CLOUDFORMATION' },
  dynamodb: { host: 'dynamodb', variable: 'AWS_ENDPOINT_URL_DYNAMODB' },
  appconfigdata: { host: 'appconfigdata', variable: 'AWS_ENDPOINT_URL_APPCONFIGDATA', signed: 'appconfig' },
} as const;

export type Service = keyof typeof SERVICES;

/** What only operators call: an override of these is no business of an instance. */
const OPERATOR_SERVICES = {
  ...SERVICES,
  elasticloadbalancing: {
    host: 'elasticloadbalancing',
    variable: 'AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2',
  },
  kms: { host: 'kms', variable: 'AWS_ENDPOINT_URL_KMS' },
  rds: { host: 'rds', variable: 'AWS_ENDPOINT_URL_RDS' },
  route53: { host: 'route53', variable: 'AWS_ENDPOINT_URL_ROUTE_53' },
} as const;

export type OperatorService = keyof typeof OPERATOR_SERVICES;

export type Endpoints = Readonly<Record<Service, Endpoint>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The regions a host name gives away, none when it names no region: `config-service/region` has the detector. */
export type RegionsNamedBy = (host: string) => readonly string[];

export interface Endpoint {
  readonly url: URL;
  /** True when the environment said so; then S3 is addressed path-style. */
  readonly overridden: boolean;
  /** A FIPS or dual-stack host was asked for: then the host guard takes no other of its service. */
  readonly stack?: Stack;
}

/** All of them, so that one foreign override is found before the first call; fails as `resolveEndpoint` does. */
export function resolveEndpoints(
  pin: Pin,
  env: Environment,
  regionsNamedBy: RegionsNamedBy,
): Outcome<Endpoints> {
  const resolved: Partial<Record<Service, Endpoint>> = {};
  for (const service of Object.keys(SERVICES) as Service[]) {
    const endpoint = resolveEndpoint(service, pin, env, regionsNamedBy);
    if (endpoint.kind !== 'ok') return endpoint;
    resolved[service] = endpoint.value;
  }
  return ok(resolved as Endpoints);
}

/** The service's part of a credential scope. */
export function signingNameOf(service: OperatorService): string {
  const known: { readonly host: string; readonly signed?: string } = OPERATOR_SERVICES[service];
  return known.signed ?? known.host;
}

/**
 * Where `service` is reached from this region: the override of the environment if there is one, else the regional host, the
 * FIPS or dual-stack one where the environment asks for it; never a global or legacy one. Fails with `LF_ENDPOINT_FOREIGN`
 * when an override names another region or an AWS host outside of this one, `LF_SETTINGS` when it is no http(s) URL, or
 * there is no host as asked for.
 */
export function resolveEndpoint(
  service: OperatorService,
  pin: Pin,
  env: Environment,
  regionsNamedBy: RegionsNamedBy,
): Outcome<Endpoint> {
  const { host, variable } = OPERATOR_SERVICES[service];
  const name = env[variable] ? variable : 'AWS_ENDPOINT_URL';
  const override = env[name];
  if (!override) return ownEndpoint(host, pin, env);

  const url = URL.parse(override);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    return refuse(name, 'LF_SETTINGS', `it is not a plain http or https address`, pin);
  }
  const foreign = foreignPart(hostOf(url), pin, regionsNamedBy);
  return foreign ? refuse(name, 'LF_ENDPOINT_FOREIGN', foreign, pin) : ok({ url, overridden: true });
}

function ownEndpoint(prefix: string, pin: Pin, env: Environment): Outcome<Endpoint> {
  const stack = readStack(env);
  if (stack.kind !== 'ok') return stack;
  const host = serviceHost(prefix, pin, stack.value);
  const asked = askedBy(stack.value);
  if (host === undefined) {
    const cause = `AWS has no such host of ${prefix} in ${pin.region}, and another is not taken for it`;
    return fail(stackFault(asked, cause, `Unset it, or name a host of ${pin.region} in AWS_ENDPOINT_URL*.`));
  }
  const endpoint = { url: new URL(`https://${host}`), overridden: false };
  return ok(asked === '' ? endpoint : { ...endpoint, stack: stack.value });
}

/** The host as DNS sees it: lower case, no dot at the end, no brackets around IPv6. */
export function hostOf(url: Pick<URL, 'hostname'>): string {
  return url.hostname
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** @param host as `hostOf` gives it. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

function foreignPart(host: string, pin: Pin, regionsNamedBy: RegionsNamedBy): string | undefined {
  const other = regionsNamedBy(host).find((region) => region !== pin.region);
  if (other !== undefined) return `${host} is in ${other}, this instance is in ${pin.region}`;
  // Global and legacy names (s3.amazonaws.com, ec2.amazonaws.com) are us-east-1 or the nearest region: not ours to know.
  const suffixes = [pin.dnsSuffix, regionFacts(pin.region)?.dualStackDnsSuffix];
  const ofAws = suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
  if (ofAws && !host.split('.').includes(pin.region)) return `${host} is not an endpoint of ${pin.region}`;
  return undefined;
}

// The value itself stays out of messages: an address may carry a password.
function refuse(variable: string, code: FaultCode, cause: string, pin: Pin) {
  const fault: Fault = {
    code,
    operation: 'use',
    subject: variable,
    cause,
    hint: `Unset ${variable}, or set it to an endpoint of ${pin.region}.`,
  };
  return fail(fault);
}
