import { DescribeRegionsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { regionFacts } from '#config-service';
import { CallRefused, codeOf, type Caller } from './calls.ts';

/** A region that can be asked whether another one exists. */
export interface RegionDesk {
  readonly caller: Caller;
  readonly client: () => EC2Client;
}

/**
 * Whether a region exists and is open to the account. The table of regions answers for those it knows; for a name it does not
 * know, another region of the same job is asked, for nobody else may be. False when neither is known.
 */
export async function isUsableRegion(region: string, desk: RegionDesk | undefined): Promise<boolean> {
  const facts = regionFacts(region);
  if (!facts) return false;
  if (facts.known) return true;
  if (!desk) return false;
  const { caller, client } = desk;
  try {
    const { Regions = [] } = await caller.ask('DescribeRegions', region, (abortSignal) =>
      client().send(new DescribeRegionsCommand({ RegionNames: [region], AllRegions: true }), { abortSignal }),
    );
    return Regions.some(
      ({ RegionName, OptInStatus }) => RegionName === region && OptInStatus !== 'not-opted-in',
    );
  } catch (error) {
    if (codeOf(error) === 'InvalidParameterValue') return false;
    throw error;
  }
}

/** Whether a look into this region was answered as in one that the account did not opt into. The source has just answered. */
export function isClosedRegion(error: unknown, region: string): boolean {
  if (!(error instanceof CallRefused) || error.region !== region) return false;
  return error.fault.operation.startsWith('Describe') && CLOSED.includes(error.refused.code);
}

const CLOSED = ['AuthFailure', 'OptInRequired', 'InvalidClientTokenId', 'UnrecognizedClientException'];
