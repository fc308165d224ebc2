import http from 'node:http';
import { createAwsCaller } from '#agent/aws/aws-caller.ts';
import type { AwsCalls, RestCalls } from '#agent/aws/aws-calls.ts';
import type { CredentialSource } from '#agent/aws/credentials.ts';
import { resolveEndpoints } from '#agent/aws/endpoint.ts';
import { createHostGuard } from '#agent/aws/host-guard.ts';
import { createSignedSender } from '#agent/aws/signed-sender.ts';
import { createTransport } from '#agent/aws/transport.ts';
import { systemClock } from '#kit/clock.ts';
import { agentsOf, documentationKeys, PIN, valueOf } from './pinned.ts';

interface AtOverride {
  readonly credentials?: CredentialSource;
  /** Keeps connections, as the https pool does. */
  readonly keepAlive?: boolean;
}

/** Milliseconds. moto loads a service when it is first asked for one, which takes seconds on a busy machine. */
const PATIENT = { connectMs: 5_000, firstByteMs: 30_000, totalMs: 60_000 };

/** The calls of an instance in Ireland, all services at one loopback override. */
export function callsAt(url: URL, options: AtOverride = {}): AwsCalls & RestCalls {
  const { credentials = documentationKeys(), keepAlive = false } = options;
  const endpoints = valueOf(resolveEndpoints(PIN, { AWS_ENDPOINT_URL: url.href }, () => []));
  const agents = agentsOf();
  const transport = createTransport({
    agents: keepAlive ? { ...agents, plain: new http.Agent({ keepAlive }) } : agents,
    guard: createHostGuard(PIN, Object.values(endpoints)),
    limits: PATIENT,
    clock: systemClock,
  });
  const sender = createSignedSender({ pin: PIN, credentials, transport, clock: systemClock });
  return createAwsCaller({ endpoints, sender });
}
