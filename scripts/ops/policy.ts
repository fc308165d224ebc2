import { Option, type Command } from 'commander';
import { DEFAULT_LAYER_ORDER } from '#config-service';
import { SETTINGS } from '#agent/settings/catalogue.ts';
import { loadSettings, type Settings } from '#agent/settings/settings.ts';
import { LandfallError } from '#kit/errors.ts';
import type { OpsContext } from './console/context.ts';
import {
  collect,
  layersOption,
  readOrder,
  readPair,
  readRegions,
  usage,
  valueOf,
} from './console/options.ts';
import { readConfigFolder } from './folder/config-folder.ts';
import { faultOfProblems, isNotEmpty } from './folder/problem-list.ts';
import { loadReaders } from './folder/readers.ts';
import { scenariosOf } from './folder/scenario.ts';
import { policyDocument, type RegionalGrants } from './policy/grant.ts';
import { instanceGrants } from './policy/instance-grants.ts';
import { needsOf } from './policy/instance-needs.ts';

interface Flags {
  readonly folder: string;
  readonly role?: string;
  readonly environment?: string;
  readonly regions: string;
  readonly source?: string;
  readonly layout?: string;
  readonly layers?: string;
  readonly config?: string;
  readonly account?: string;
  readonly group: string;
  readonly tag: readonly string[];
  readonly describeTags?: boolean;
  readonly key: readonly string[];
}

const EXAMPLE = `
Example:
  landfall-ops policy --folder config --role web --environment prod --regions eu-west-1 \\
    --source 's3://acme-config-{region}/payroll' --account 111122223333 > web.json`;

export function addPolicyCommand(program: Command, context: OpsContext): void {
  program
    .command('policy')
    .description('the IAM policy that instances of a role need, and nothing beside; prints it')
    .requiredOption('--folder <dir>', 'the folder with base/, role/, ...')
    .option('--role <role>', 'of which role')
    .option('--environment <environment>', 'of this environment only')
    .requiredOption('--regions <regions>', 'where instances of it run')
    .option('--source <address>', "the agent's `source`: s3://bucket-{region}/prefix")
    .addOption(new Option('--layout <layout>', "the agent's `layout`").choices(SETTINGS.layout.format))
    .addOption(layersOption())
    .option('--config <file>', 'an agent.yaml that says these three')
    .option('--account <account>', 'whose resources; any account where it is left out')
    .option('--group <name>', 'the Auto Scaling group; any of the account where it is left out', '*')
    .option('--tag <name=value>', 'a tag that names hang on', collect, [])
    .option('--describe-tags', 'where instances do not see their tags in the metadata')
    .option(
      '--key <arn>',
      'a KMS key of yours that what it reads is encrypted with; takes {region}',
      collect,
      [],
    )
    .addHelpText('after', EXAMPLE)
    .action(async (flags: Flags) => {
      context.out(`${JSON.stringify(policyDocument(await readGrants(flags)), undefined, 2)}\n`);
    });
}

async function readGrants(flags: Flags): Promise<readonly RegionalGrants[]> {
  const { folder: dir, role, environment, account } = flags;
  const regions = readRegions(flags.regions);
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw usage(`--account ${account}`, 'it is no account', 'Write its twelve digits.');
  const settings = readSettings(flags);
  const order = settings.layers.length > 0 ? readOrder(settings.layers.join(',')) : DEFAULT_LAYER_ORDER;
  const folder = valueOf(await readConfigFolder(dir, order));
  if (isNotEmpty(folder.problems))
    throw new LandfallError(faultOfProblems(folder.problems, 'make a policy of', dir));
  const places = folder.layers.map(({ place }) => place);
  const scenarios = scenariosOf(places, regions).filter(
    (one) => one.role === role && (environment ?? one.environment) === one.environment,
  );
  if (scenarios.length === 0)
    throw usage(
      role === undefined ? '--role' : `--role ${role} --environment ${environment ?? ''}`.trim(),
      `${dir} has ${role === undefined ? 'layers for roles' : 'no layer of it'}`,
      'Name a role and an environment of the folder.',
    );
  const layers = new Map(folder.layers.map(({ content }) => [content.name, content]));
  const input = {
    dir,
    layers,
    order,
    readers: await loadReaders([...layers.values()]),
    settings,
    tags: new Map(flags.tag.map((pair) => readPair('--tag', pair, 'service=payroll'))),
    account,
    describesTags: flags.describeTags === true,
    group: flags.group,
  };
  const all: RegionalGrants[] = [];
  for (const scenario of scenarios) {
    const keys = flags.key.map((arn) => readKey(arn, scenario.region));
    const needs = await needsOf(scenario, { ...input, keys });
    const { region, partition } = needs.facts;
    all.push({ region, partition, account: needs.account, grants: instanceGrants(needs) });
  }
  return all;
}

function readSettings({ source, layout, layers, config }: Flags): Settings {
  const flags = {
    ...(source === undefined ? {} : { source }),
    ...(layout === undefined ? {} : { layout }),
    ...(layers === undefined ? {} : { layers }),
  };
  // Without a file named: never the one of this machine, should it be an instance itself.
  const settings = valueOf(loadSettings({ env: {}, configFile: config ?? '/dev/null', flags }));
  if (settings.source === '')
    throw usage(
      '--source',
      'nothing says where the configuration lies',
      'Write s3://bucket-{region}/prefix.',
    );
  return settings;
}

/** @throws LandfallError `LF_USAGE`; a key of another region encrypts nothing that is read in this one. */
function readKey(text: string, region: string): string {
  const arn = text.replaceAll('{region}', region);
  const [, where] = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/.exec(arn) ?? [];
  const hint = "Write it as 'arn:aws:kms:{region}:111122223333:key/mrk-...', or print one policy a region.";
  if (where === undefined) throw usage(`--key ${text}`, 'it is no ARN of a KMS key', hint);
  if (where !== region) throw usage(`--key ${text}`, `it is in ${where}, the instances in ${region}`, hint);
  return arn;
}
