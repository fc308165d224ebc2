import http from 'node:http';
import { createAwsCaller } from '#agent/aws/aws-caller.ts';
import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import type { CredentialSource } from '#agent/aws/credentials.ts';
import { resolveEndpoints } from '#agent/aws/endpoint.ts';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import { createTransport } from '#agent/aws/transport.ts';
import { systemClock } from '#kit/clock.ts';
import { agentsOf, documentationKeys, LIMITS, PIN, valueOf } from './pinned.ts';

interface AtOverride {
  readonly credentials?: CredentialSource;
  /** Keeps connections, as the https pool does. */
  readonly keepAlive?: boolean;
}

/** The calls of an instance in Ireland, all services at one loopback override. */
export function callsAt(url: URL, options: AtOverride = {}): AwsCalls {
  const { credentials = documentationKeys(), keepAlive = false } = options;
  const endpoints = valueOf(resolveEndpoints(PIN, { AWS_ENDPOINT_URL: url.href }, () => []));
  const agents = agentsOf();
  const transport = createTransport({
    agents: keepAlive ? { ...agents, plain: new http.Agent({ keepAlive }) } : agents,
    guard: createHostGuard(PIN, Object.values(endpoints)),
    limits: LIMITS,
    clock: systemClock,
  });
  return createAwsCaller({ pin: PIN, endpoints, credentials, transport, clock: systemClock });
}
