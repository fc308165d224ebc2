/** A job as it is carried out: read, checked and complete. Regions and ids of accounts are text. */
export type Job = ImageJob | DatabaseJob | VolumeJob;

export type JobType = Job['type'];

export interface Filter {
  readonly field: string;
  readonly value: string;
}

interface JobBase {
  readonly name: string;
  readonly source: string;
  /** Distinct, in the order they are written; never the source. */
  readonly destinations: readonly string[];
  readonly credentials: GivenCredentials;
  /** By destination. */
  readonly kmsKeys: ReadonlyMap<string, string>;
  readonly uses: Uses;
}

/** Where a copy that is available is named, so that its region comes to use it. */
export interface Uses {
  /** Names of SSM parameters, by destination. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Ids or names of launch templates, by destination. */
  readonly templates: ReadonlyMap<string, string>;
  /** A path of JSON, absolute. */
  readonly mapFile?: string;
}

export interface ImageJob extends JobBase {
  readonly type: 'ec2_ami';
  /** An account id, `self`, or an alias such as `amazon`. */
  readonly owner: string;
  readonly filters: readonly Filter[];
  readonly copiesPermissions: boolean;
  /** Without a clean scan of this very image it is not copied. */
  readonly needsScan: boolean;
  /** Beside the newest; absent: nothing is ever removed. */
  readonly retained?: number;
}

export interface DatabaseJob extends JobBase {
  readonly type: 'rds_automated_snapshot';
  /** The id of an instance, or of an Aurora cluster. */
  readonly instance: string;
  readonly isCluster: boolean;
  /** Beside the newest. */
  readonly retained: number;
  /** Option groups by destination. */
  readonly optionGroups: ReadonlyMap<string, string>;
}

export interface VolumeJob extends JobBase {
  readonly type: 'ebs_snapshot';
  readonly volume?: string;
  readonly filters: readonly Filter[];
  /** Beside the newest; absent: nothing is ever removed. */
  readonly retained?: number;
  /** A snapshot is made when the newest is older than that; absent: none is made. */
  readonly everyMs?: number;
  /** In the source region, of those that this job made, beside the newest; absent: nothing is removed there. */
  readonly sourceRetained?: number;
}

/** The keys of `aws_client_config`, each under one spelling. */
export const CREDENTIAL_OPTIONS = [
  'access_key_id',
  'secret_access_key',
  'session_token',
  'profile',
  'role_arn',
  'aws_account_id',
] as const;

export type CredentialOption = (typeof CREDENTIAL_OPTIONS)[number];

/** What a configuration says of credentials; empty for the default chain. */
export type GivenCredentials = Readonly<Partial<Record<CredentialOption, string>>>;
