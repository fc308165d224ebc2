import { readFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { regionFacts, regionsNamedBy } from '#config-service';
import { createConnectionPools } from '#agent/aws/connection-pools.ts';
import { pinnedS3Config, type ClientParts } from './client-config.ts';
import { createCredentialSource } from '#agent/aws/credentials.ts';
import { resolveEndpoint, type OperatorService } from '#agent/aws/endpoint.ts';
import type { Pin } from '#agent/aws/pin.ts';
import { LandfallError } from '#kit/errors.ts';
import { silentLogger } from '#kit/logger.ts';
import type { OpsContext } from '../console/context.ts';
import { usage, valueOf } from '../console/options.ts';

/** Generous: an operator waits, and may sit far from the region. */
const LIMITS = { connectMs: 10_000, firstByteMs: 30_000, totalMs: 120_000 };

/** What a client needs of the command it works for. */
export type ClientContext = Pick<OpsContext, 'env' | 'clock' | 'random' | 'loadCredentials'>;

/**
 * An S3 client for one region named on the command line: pinned as the agent's are (law 2), so that no redirect, endpoint or
 * profile leads a release anywhere else. @throws LandfallError `LF_ENDPOINT_FOREIGN`, `LF_SETTINGS`, `LF_USAGE`.
 */
export function createRegionalS3(region: string, context: ClientContext): S3Client {
  return new S3Client(pinnedS3Config(regionalParts('s3', region, context)));
}

/** What any client of one region is made of. @throws as `createRegionalS3`. */
export function regionalParts(
  service: OperatorService,
  region: string,
  { env, clock, random, loadCredentials }: ClientContext,
): ClientParts {
  const pin = pinOf(region);
  const endpoint = valueOf(resolveEndpoint(service, pin, env, regionsNamedBy));
  const agents = valueOf(createConnectionPools({ env, ...certificates(env['AWS_CA_BUNDLE']) }));
  const load = () => loadCredentials(region);
  const credentials = createCredentialSource({ load, clock, random, logger: silentLogger });
  return { pin, endpoint, credentials, agents, limits: LIMITS };
}

/** The account stays open: an operator may publish into another one. What owns the bucket is checked with --owner. */
export function pinOf(region: string): Pin {
  const facts = regionFacts(region);
  if (!facts)
    throw usage(JSON.stringify(region), 'it is no AWS region', 'Name regions as eu-west-1,us-east-1.');
  return { region, partition: facts.partition, dnsSuffix: facts.dnsSuffix, account: '' };
}

function certificates(file: string | undefined): { ca?: string } {
  if (!file) return {};
  try {
    return { ca: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new LandfallError(
      {
        code: 'LF_SETTINGS',
        operation: 'read',
        subject: `AWS_CA_BUNDLE (${file})`,
        cause: 'it cannot be read',
        hint: 'Name a readable file of certificates in PEM, or unset it.',
      },
      { cause: error },
    );
  }
}
