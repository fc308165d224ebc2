import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Patience } from '../across/patience.ts';
import { regionalConfig } from '../across/regional-clients.ts';
import type { OpsContext } from '../console/context.ts';
import { createCaller, type Caller } from './calls.ts';
import { createImages, type Images } from './ec2-images.ts';
import { createSnapshots, type Snapshots } from './ec2-snapshots.ts';
import { createImageUsers, type ImageUsers } from './image-users.ts';
import { CREDENTIAL_OPTIONS, type GivenCredentials } from './job.ts';
import { loaderOf, originOf } from './job-credentials.ts';
import { createLaunchTemplates, type LaunchTemplates } from './launch-templates.ts';
import { createParameters, type Parameters } from './parameters.ts';
import { createClusterSnapshots } from './rds-clusters.ts';
import { createDatabaseSnapshots, type DatabaseSnapshots } from './rds-snapshots.ts';
import { createSurvey, type Survey } from './survey.ts';

/** What one set of credentials sees and does, by region; made when it is wanted, and then the same for all jobs. */
export interface Clients {
  readonly caller: (service: string, region: string) => Caller;
  readonly ec2: (region: string) => EC2Client;
  readonly images: (region: string) => Images;
  readonly snapshots: (region: string) => Snapshots;
  readonly databases: (region: string) => DatabaseSnapshots;
  readonly clusters: (region: string) => DatabaseSnapshots;
  readonly imageUsers: (region: string) => ImageUsers;
  readonly survey: (region: string) => Survey;
  readonly parameters: (region: string) => Parameters;
  readonly templates: (region: string) => LaunchTemplates;
}

export interface ClientParts {
  readonly context: OpsContext;
  readonly patience: Patience;
  readonly isPlan: boolean;
}

/** Jobs with the same credentials share clients: their connections, and what was read of a region a moment ago. */
export function createClientPool(parts: ClientParts): (credentials: GivenCredentials) => Clients {
  return memo(
    (credentials) => createClients(credentials, parts),
    (credentials) => JSON.stringify(CREDENTIAL_OPTIONS.map((option) => credentials[option] ?? null)),
  );
}

function createClients(given: GivenCredentials, { context, patience, isPlan }: ClientParts): Clients {
  const { clock } = context;
  const own = { ...context, loadCredentials: loaderOf(given, context) };
  const origin = originOf(given);
  const caller = (service: string, region: string) => createCaller(service, region, patience, origin);
  const ec2 = memo((region: string) => new EC2Client(regionalConfig('ec2', region, own)));
  const rds = memo((region: string) => new RDSClient(regionalConfig('rds', region, own)));
  const ssm = memo((region: string) => new SSMClient(regionalConfig('ssm', region, own)));
  const autoScaling = memo(
    (region: string) => new AutoScalingClient(regionalConfig('autoscaling', region, own)),
  );
  const images = memo((region: string) => createImages(ec2(region), caller('EC2', region)));
  const snapshots = memo((region: string) => createSnapshots(ec2(region), caller('EC2', region)));
  return {
    caller,
    ec2,
    images,
    snapshots,
    databases: memo((region: string) => createDatabaseSnapshots(rds(region), caller('RDS', region))),
    clusters: memo((region: string) => createClusterSnapshots(rds(region), caller('RDS', region))),
    imageUsers: memo((region: string) =>
      createImageUsers(ec2(region), autoScaling(region), caller('EC2', region)),
    ),
    parameters: memo((region: string) => createParameters(ssm(region), caller('SSM', region))),
    templates: memo((region: string) => createLaunchTemplates(ec2(region), caller('EC2', region))),
    survey: memo((region: string) =>
      createSurvey({ images: images(region), snapshots: snapshots(region), clock, isPlan }),
    ),
  };
}

function memo<K, V>(make: (key: K) => V, name: (key: K) => unknown = (key) => key): (key: K) => V {
  const made = new Map<unknown, V>();
  return (key) => {
    const known = made.get(name(key));
    if (known !== undefined) return known;
    const value = make(key);
    made.set(name(key), value);
    return value;
  };
}
