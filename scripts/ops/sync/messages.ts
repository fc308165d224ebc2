/** The messages of aws_xregion_sync, word for word: scripts and alarms look for them. Two blanks where two stand. */

export const unsupportedType = (job: string, value: string): string =>
  `The ${job} configuration 'sync_type' value '${value}' is not a supported AWS Sync type.`;

export const noRegion = (job: string, option: 'source_region' | 'destination_region'): string =>
  `The ${job} configuration must have a valid '${option}' value.`;

export const filtersNoList = (job: string): string =>
  `The ${job} configuration 'filters' value must be an Enumerable object.`;

export const filterMalformed = (job: string, value: string): string =>
  `The ${job} configuration 'filters' value '${value}' must be of the form filter-field=filter-value.`;

export const noDatabase = (job: string): string =>
  `The ${job} configuration must provide a 'db_instance' option to use to locate automated snapshots.`;

export const invalidCount = (job: string, option: string, value: string): string =>
  `The ${job} configuration must provide a valid '${option}' option. '${value}' is not valid.`;

export const manyImages = (job: string, ids: readonly string[]): string =>
  `More than one EC2 Image was found with the filter settings for identifier '${job}': ${ids.join(', ')}.`;

export const noImages = (job: string): string =>
  `No EC2 Images were found using the filter settings for identifier '${job}'.`;

export const invalidRegionCode = (job: string, region: string): string =>
  `Invalid region code of '${region}' found for identifier '${job}'.  It either does not exist or the given credentials cannot access it.`;

export const invalidRegion = (region: string): string =>
  `Region '${region}' is invalid.  It either does not exist or the given credentials cannot access it.`;

export const unknownDatabase = (instance: string, region: string): string =>
  `No DB Instance with identifier '${instance}' is available for these credentials in region ${region}.`;

export const noAutomatedSnapshots = (instance: string, region: string): string =>
  `No automated snapshots for db '${instance}' are available for these credentials in region ${region}.`;

/** What the gem has no words for. */

export const sameRegion = (job: string, region: string): string =>
  `The ${job} configuration names ${region} as source and as destination: a copy goes to another region.`;

export const foreignKey = (job: string, key: string, of: string, region: string): string =>
  `The ${job} configuration 'kms_key_ids' gives ${key} for ${region}, but it is a key of ${of}: name a key of ${region}.`;

export const nothingToChoose = (job: string): string =>
  `The ${job} configuration must provide a 'volume_id', a 'sync_identifier' or 'filters' to locate volumes.`;

export const twoDatabases = (job: string): string =>
  `The ${job} configuration names a 'db_instance' and a 'db_cluster': a job copies the snapshots of one of them.`;

export const invalidSpan = (job: string, value: string): string =>
  `The ${job} configuration 'snapshot_every' value '${value}' must be a duration of at least 1m, such as 24h.`;

export const unknownScan = (job: string, value: string): string =>
  `The ${job} configuration 'scan' value '${value}' must be 'required' or 'off'.`;

export const oneNameForMany = (job: string, option: string): string =>
  `The ${job} configuration must provide a 'volume_id' to use '${option}': one name cannot hold the copies of several volumes.`;

export const noVolumes = (job: string): string =>
  `No EBS volumes were found using the filter settings for identifier '${job}'.`;

export const noSnapshotOf = (volume: string, region: string): string =>
  `No completed snapshot of volume '${volume}' is available for these credentials in region ${region}.`;

export const otherAccount = (job: string, wanted: string, account: string): string =>
  `The ${job} configuration names 'aws_account_id' ${wanted}, but the snapshots that its credentials see are of account ${account}.`;
