import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSyncConfig } from '#scripts/ops/sync/config-file.ts';

/** As the README of aws_xregion_sync 0.1 has it. */
const README = `{

  sync_my_web_app: {
    sync_type: "ec2_ami",
    source_region: "us-east-1",
    destination_region: "us-west-1",
    ami_owner: "12345678910123",
    sync_identifier: "Web Application",
    # http://docs.aws.amazon.com/AWSEC2/latest/CommandLineReference/ApiReference-cmd-DescribeImages.html
    filters: ["tag:Environment=Production", "tag-value=Sync"]
  },
  sync_my_database: {
    sync_type: "rds_automated_snapshot",
    source_region: "us-east-1",
    destination_region: "us-west-1",
    db_instance: "mydatabase",
    max_snapshots_to_retain: 5,
    aws_client_config: {
      aws_access_key: "my_other_access_key",
      aws_secret_key: "my_other_secret_key",
      aws_account_id: "4321-4321-4321"
    }
  },
  aws_client_config: {
    aws_access_key: "my_access_key",
    aws_secret_key: "my_secret_key",
  }
}
`;

const ROADS = 'source_region: eu-west-1, destination_region: eu-central-1';

function refusalOf(options: string): string | undefined {
  const [job] = readSyncConfig(`sync_x: ${options}`, 'x.yaml').jobs;
  return job && 'refusal' in job.read ? job.read.refusal : undefined;
}

function jobOf(text: string) {
  const [reading] = readSyncConfig(text, 'x.yaml').jobs;
  if (!reading || 'refusal' in reading.read) throw new Error(`refused: ${JSON.stringify(reading)}`);
  return reading.read.job;
}

describe('a configuration of the gem', () => {
  it('is read as its README has it', () => {
    const { jobs, warnings } = readSyncConfig(README, 'config.yaml');

    expect(warnings).toEqual([]);
    expect(jobs.map(({ read }) => read)).toEqual([
      {
        job: {
          name: 'sync_my_web_app',
          type: 'ec2_ami',
          source: 'us-east-1',
          destinations: ['us-west-1'],
          credentials: { access_key_id: 'my_access_key', secret_access_key: 'my_secret_key' },
          kmsKeys: new Map(),
          uses: { parameters: new Map(), templates: new Map() },
          owner: '12345678910123',
          filters: [
            { field: 'tag:Sync-Identifier', value: 'Web Application' },
            { field: 'tag:Environment', value: 'Production' },
            { field: 'tag-value', value: 'Sync' },
          ],
          copiesPermissions: true,
          needsScan: false,
        },
      },
      {
        job: {
          name: 'sync_my_database',
          type: 'rds_automated_snapshot',
          source: 'us-east-1',
          destinations: ['us-west-1'],
          credentials: {
            access_key_id: 'my_other_access_key',
            secret_access_key: 'my_other_secret_key',
            aws_account_id: '432143214321',
          },
          kmsKeys: new Map(),
          uses: { parameters: new Map(), templates: new Map() },
          instance: 'mydatabase',
          isCluster: false,
          retained: 5,
          optionGroups: new Map(),
        },
      },
    ]);
  });

  it('has jobs under keys that begin with sync_ in any case, and ignores all others', () => {
    const { jobs } = readSyncConfig('Sync_a: {}\nSYNC_B: {}\nsyn_c: {}\n7: {}\nother: x\n', 'x.yaml');

    expect(jobs.map(({ name }) => name)).toEqual(['Sync_a', 'SYNC_B']);
  });

  it('says what is to name a copy, for all destinations or for each, and where beside the file a map lies', () => {
    const job = jobOf(
      `sync_x: {${ROADS}, sync_type: ec2_ami, ssm_parameter: /a, launch_template: {eu-central-1: web}, map_file: m.json}`,
    );
    expect(job.uses).toEqual({
      parameters: new Map([['eu-central-1', '/a']]),
      templates: new Map([['eu-central-1', 'web']]),
      mapFile: resolve('m.json'),
    });
  });

  it('may share options by anchor and merge key, as Ruby reads them', () => {
    const job = jobOf(
      `common: &common {${ROADS}, sync_type: ec2_ami}\nsync_x: {<<: *common, source_region: us-east-1}\n`,
    );

    expect(job).toMatchObject({ source: 'us-east-1', destinations: ['eu-central-1'] });
  });

  it.each([
    ['no YAML', '{a: ['],
    ['no job', 'a: 1\n'],
    ['nothing', ''],
    ['a list', '- sync_x\n'],
  ])('that is %s cannot be used at all', (_, text) => {
    expect(() => readSyncConfig(text, 'x.yaml')).toThrow(/read x\.yaml: /);
  });
});

describe('ids of accounts', () => {
  it.each([
    ['012345670123', '012345670123'],
    ['4321-4321-4321', '432143214321'],
    ['"0123-4567-0123"', '012345670123'],
    ['0o17', '017'],
  ])('are text however they are written: %s', (written, read) => {
    const job = jobOf(
      `sync_x: {sync_type: ec2_ami, ${ROADS}, aws_client_config: {aws_account_id: ${written}}}`,
    );

    expect(job.credentials.aws_account_id).toBe(read);
  });

  it('keep their zero as owner, and owner_id wins over ami_owner', () => {
    const job = jobOf(
      `sync_x: {sync_type: ec2_ami, ${ROADS}, ami_owner: 999999999999, owner_id: 012345670123}`,
    );

    expect(job).toMatchObject({ owner: '012345670123' });
  });

  it('may be left out: then images are of the account itself', () => {
    expect(jobOf(`sync_x: {sync_type: ec2_ami, ${ROADS}}`)).toMatchObject({ owner: 'self' });
  });
});

describe('credentials', () => {
  it('are merged key by key whatever the spelling, and the job wins', () => {
    const job = jobOf(
      `aws_client_config: {aws_access_key: common, secret_access_key: common-secret}\n` +
        `sync_x: {sync_type: ec2_ami, ${ROADS}, aws_client_config: {aws_secret_access_key: own-secret}}\n`,
    );

    expect(job.credentials).toEqual({ access_key_id: 'common', secret_access_key: 'own-secret' });
  });

  it('with a key that means nothing are warned of', () => {
    const { warnings } = readSyncConfig(
      'aws_client_config: {max_retries: 3}\nsync_x: {aws_client_config: {region: x}}\n',
      'x.yaml',
    );

    expect(warnings).toEqual([
      'aws_client_config: max_retries is not known and means nothing',
      'sync_x: aws_client_config: region is not known and means nothing',
    ]);
  });
});

describe('a job that cannot be carried out says so in the words of the gem', () => {
  const rds = `sync_type: rds_automated_snapshot, ${ROADS}`;
  const ami = `sync_type: ec2_ami, ${ROADS}`;
  it.each([
    [
      '{sync_type: blah}',
      "The sync_x configuration 'sync_type' value 'blah' is not a supported AWS Sync type.",
    ],
    ['', "The sync_x configuration 'sync_type' value '' is not a supported AWS Sync type."],
    ['[1, 2]', "The sync_x configuration 'sync_type' value '' is not a supported AWS Sync type."],
    [
      '{sync_type: ec2_ami, destination_region: eu-west-1}',
      "The sync_x configuration must have a valid 'source_region' value.",
    ],
    [
      "{sync_type: ec2_ami, source_region: '', destination_region: ''}",
      "The sync_x configuration must have a valid 'source_region' value.",
    ],
    [
      '{sync_type: ec2_ami, source_region: eu-west-1}',
      "The sync_x configuration must have a valid 'destination_region' value.",
    ],
    [
      '{sync_type: ec2_ami, source_region: eu-west-1, destination_regions: [us-east-1, ~]}',
      "The sync_x configuration must have a valid 'destination_region' value.",
    ],
    [`{${ami}, filters: fail}`, "The sync_x configuration 'filters' value must be an Enumerable object."],
    [`{${ami}, filters: ''}`, "The sync_x configuration 'filters' value must be an Enumerable object."],
    [
      `{${ami}, filters: [fail]}`,
      "The sync_x configuration 'filters' value 'fail' must be of the form filter-field=filter-value.",
    ],
    [
      `{${ami}, filters: ['a=b=c']}`,
      "The sync_x configuration 'filters' value 'a=b=c' must be of the form filter-field=filter-value.",
    ],
    [
      `{${ami}, filters: ['a=']}`,
      "The sync_x configuration 'filters' value 'a=' must be of the form filter-field=filter-value.",
    ],
    [
      `{${ami}, filters: {a: b}}`,
      `The sync_x configuration 'filters' value '["a", "b"]' must be of the form filter-field=filter-value.`,
    ],
    [
      `{${rds}}`,
      "The sync_x configuration must provide a 'db_instance' option to use to locate automated snapshots.",
    ],
    [
      '{sync_type: rds_automated_snapshot}',
      "The sync_x configuration must provide a 'db_instance' option to use to locate automated snapshots.",
    ],
    [
      `{${rds}, db_instance: x, max_snapshots_to_retain: many}`,
      "The sync_x configuration must provide a valid 'max_snapshots_to_retain' option. 'many' is not valid.",
    ],
    [
      `{${rds}, db_instance: x, max_snapshots_to_retain: -1}`,
      "The sync_x configuration must provide a valid 'max_snapshots_to_retain' option. '-1' is not valid.",
    ],
    [
      `{${rds}, db_instance: x, max_snapshots_to_retain: "2.7"}`,
      "The sync_x configuration must provide a valid 'max_snapshots_to_retain' option. '2.7' is not valid.",
    ],
    [
      '{sync_type: ec2_ami, source_region: eu-west-1, destination_regions: [eu-central-1, eu-west-1]}',
      'The sync_x configuration names eu-west-1 as source and as destination: a copy goes to another region.',
    ],
    [
      `{${ami}, kms_key_ids: {eu-central-1: 'arn:aws:kms:eu-west-1:123456789012:key/1'}}`,
      "The sync_x configuration 'kms_key_ids' gives arn:aws:kms:eu-west-1:123456789012:key/1 for eu-central-1, but it is a key of eu-west-1: name a key of eu-central-1.",
    ],
    [
      `{sync_type: ebs_snapshot, ${ROADS}}`,
      "The sync_x configuration must provide a 'volume_id', a 'sync_identifier' or 'filters' to locate volumes.",
    ],
    [
      `{sync_type: ebs_snapshot, ${ROADS}, volume_id: vol-1, snapshot_every: 24}`,
      "The sync_x configuration 'snapshot_every' value '24' must be a duration of at least 1m, such as 24h.",
    ],
  ])('%s', (options, message) => {
    expect(refusalOf(options)).toBe(message);
  });
});

describe('options', () => {
  it('false, null and an empty list are no filters', () => {
    for (const none of ['false', '~', '[]', ''])
      expect(jobOf(`sync_x: {sync_type: ec2_ami, ${ROADS}, filters: ${none}}`)).toMatchObject({
        filters: [],
      });
  });

  it('of several destinations are taken together, each once', () => {
    const job = jobOf(
      'sync_x: {sync_type: ec2_ami, source_region: us-east-1, destination_region: eu-west-1, destination_regions: [eu-west-1, sa-east-1]}',
    );

    expect(job.destinations).toEqual(['eu-west-1', 'sa-east-1']);
  });

  it('that mean nothing are warned of, and the job goes on', () => {
    const { jobs, warnings } = readSyncConfig(
      `sync_x: {sync_type: ec2_ami, ${ROADS}, destination_snapshot_identifier: a, kms_key_ids: {us-east-1: alias/a}}`,
      'x.yaml',
    );

    expect(jobs[0]?.read).toHaveProperty('job');
    expect(warnings).toEqual([
      'sync_x: destination_snapshot_identifier is not known and means nothing',
      'sync_x: kms_key_ids names us-east-1, which is no destination',
    ]);
  });

  it.each([
    ['', 2],
    ['false', 2],
    ['0', 0],
    ['0x10', 16],
    ['010', 8],
    ['"010"', 8],
    ['1_000', 1000],
    ['2.7', 2],
    ['"5"', 5],
    ['0b11', 3],
  ])('max_snapshots_to_retain: %s is %i, as Ruby reads it', (written, count) => {
    const job = jobOf(
      `sync_x: {sync_type: rds_automated_snapshot, ${ROADS}, db_instance: x, max_snapshots_to_retain: ${written}}`,
    );

    expect(job).toMatchObject({ retained: count });
  });
});
