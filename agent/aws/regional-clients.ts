import type { ObjectStore } from '#config-service';
import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { createConnectionPools } from './connection-pools.ts';
import type { AwsCalls, RestCalls } from './aws-calls.ts';
import { createAwsCaller } from './aws-caller.ts';
import { explainingTransport } from './explaining-transport.ts';
import { createCredentialSource, type CredentialSource, type LoadCredentials } from './credentials.ts';
import { detoursOf, refuseForeignDetours } from './detours.ts';
import { describeTags } from './ec2-tags.ts';
import { resolveEndpoints, type Environment, type RegionsNamedBy } from './endpoint.ts';
import { createHostGuard } from './host-guard.ts';
import type { TimeLimits } from './http.ts';
import type { Pin } from './pin.ts';
import type { S3BucketOptions } from './s3-sender.ts';
import { createS3Pieces, type ReadPieces } from './s3-pieces.ts';
import { createS3Store } from './s3-store.ts';
import { createS3Writer, type ObjectWriter } from './s3-writer.ts';
import { createSignedSender } from './signed-sender.ts';
import { readStack } from './stack.ts';
import { createTransport, type Transport } from './transport.ts';

export interface RegionalClientsOptions {
  readonly pin: Pin;
  readonly env: Environment;
  /** The content of the file AWS_CA_BUNDLE names. */
  readonly ca?: string;
  readonly load: LoadCredentials;
  readonly regionsNamedBy: RegionsNamedBy;
  readonly limits: TimeLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Everything of AWS that this process can reach, and with it the proof that all of it is in one region. */
export interface RegionalClients {
  readonly credentials: CredentialSource;
  /** `owner`: the account that must own the bucket, by default the instance's. */
  objectStore(bucket: string, owner?: string): ObjectStore;
  objectWriter(bucket: string, owner?: string): ObjectWriter;
  objectPieces(bucket: string, owner?: string): ReadPieces;
  /** Every other service: JSON, REST and query calls. */
  readonly aws: AwsCalls & RestCalls;
  /** One https host within the VPC: see `createPrivateHost`. */
  privateHost(url: URL): Promise<Outcome<Transport>>;
  describeTags(instanceId: string, signal: AbortSignal): Promise<Outcome<ReadonlyMap<string, string>>>;
  close(): void;
}

/**
 * The one factory of AWS clients. Endpoints are resolved here, once, so that a foreign override or proxy stops the boot
 * (`LF_ENDPOINT_FOREIGN`, `LF_SETTINGS`) before the first call.
 */
export function createRegionalClients(options: RegionalClientsOptions): Outcome<RegionalClients> {
  const { pin, env, ca, load, regionsNamedBy, limits, clock, random, logger } = options;
  const resolved = resolveEndpoints(pin, env, regionsNamedBy);
  if (resolved.kind !== 'ok') return resolved;
  const stack = readStack(env);
  if (stack.kind !== 'ok') return stack;
  const unfit = refuseForeignDetours(detoursOf(env, regionsNamedBy), pin);
  if (unfit.kind !== 'ok') return unfit;
  const pools = createConnectionPools({ env, ...(ca === undefined ? {} : { ca }) });
  if (pools.kind !== 'ok') return pools;

  const agents = pools.value;
  const endpoints = resolved.value;
  const credentials = createCredentialSource({ load, clock, random, logger });
  const guard = createHostGuard(pin, Object.values(endpoints));
  const transport = explainingTransport(createTransport({ agents, guard, limits, clock }), stack.value, pin);
  const sender = createSignedSender({ pin, credentials, transport, clock });
  const aws = createAwsCaller({ endpoints, sender });
  const bucketOptions = (bucket: string, owner = pin.account): S3BucketOptions => {
    return { sender, bucket, owner, endpoint: endpoints.s3, clock };
  };
  return ok({
    credentials,
    objectStore: (bucket, owner) => createS3Store(bucketOptions(bucket, owner)),
    objectWriter: (bucket, owner) => createS3Writer(bucketOptions(bucket, owner)),
    objectPieces: (bucket, owner) => createS3Pieces(bucketOptions(bucket, owner)),
    aws,
    privateHost: async (url) => {
      // Loaded when wanted: most instances ask nobody but AWS.
      const { createPrivateHost } = await import('./private-host.ts');
      return createPrivateHost(url, { pin, regionsNamedBy, ca, limits, clock });
    },
    describeTags: (instanceId, signal) => describeTags(aws, instanceId, signal),
    close: () => agents.close(),
  });
}
