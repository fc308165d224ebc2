import { Option, type Command } from 'commander';
import { FORMATS, type Effective } from '#config-service';
import { alignColumns, oneLine, paint } from '#agent/console/terminal.ts';
import { describeProblem, LandfallError } from '#kit/errors.ts';
import { nearestName } from '#kit/nearest-name.ts';
import { readConfigFolder, type ConfigFolder } from './folder/config-folder.ts';
import type { OpsContext } from './console/context.ts';
import { examine } from './folder/examination.ts';
import { createSimulation } from './folder/folder-simulation.ts';
import { loadReaders } from './folder/readers.ts';
import {
  guardOptions,
  layersOption,
  readGuardRules,
  readOrder,
  usage,
  valueOf,
  type GuardFlags,
} from './console/options.ts';
import { faultOfProblems, isNotEmpty } from './folder/problem-list.ts';
import { factsOf, STAND_IN_ACCOUNT } from './folder/scenario.ts';

interface PreviewFlags extends GuardFlags {
  readonly region: string;
  readonly role?: string;
  readonly environment?: string;
  readonly instance?: string;
  readonly account: string;
  readonly zone?: string;
  readonly tag: readonly string[];
  readonly layers?: string;
  readonly format?: string;
  readonly json?: boolean;
}

export function addPreviewCommand(program: Command, context: OpsContext): void {
  const command = program
    .command('preview')
    .argument('<dir>', 'the folder with base/, role/, ...')
    .description('print what an instance would get')
    .requiredOption('--region <region>', 'where the instance is')
    .option('--role <role>', 'its role tag')
    .option('--environment <environment>', 'its environment tag')
    .option('--instance <id>', 'its instance id, for its own layer and ${@instanceId}')
    .option('--account <account>', 'stands for ${@account}', STAND_IN_ACCOUNT)
    .option('--zone <zone>', 'stands for ${@zone}; the first of the region when left out')
    .option('--tag <name=value...>', 'other tags, for layers named after {tag:NAME}', [])
    .addOption(layersOption())
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['json', 'table', 'yaml', 'properties', 'env'])
        .default(undefined, 'table on a terminal, else json'),
    )
    .option('--json', 'the same as --format json; prints errors as JSON, too')
    .addHelpText(
      'after',
      '\nValues of ${@ssm:...} and ${@secret:...} are not looked up: their names are shown.\n' +
        '\nExample:\n  landfall-ops preview examples/payroll --region eu-west-1 --role web --environment prod',
    )
    .action(async (dir: string, flags: PreviewFlags) => {
      const order = readOrder(flags.layers);
      const { region, role, environment, instance, account, zone } = flags;
      const scenario = {
        region,
        ...(role === undefined ? {} : { role }),
        ...(environment === undefined ? {} : { environment }),
        ...(instance === undefined ? {} : { instanceId: instance }),
      };
      const tags = new Map(flags.tag.map(readTag));
      const facts = valueOf(factsOf(scenario, { account, tags, ...(zone === undefined ? {} : { zone }) }));
      const folder = valueOf(await readConfigFolder(dir, order));
      for (const [option, name] of [
        ['role', role],
        ['environment', environment],
      ] as const)
        refuseUnknown(folder, option, name);
      const layers = new Map(folder.layers.map(({ content }) => [content.name, content]));
      const readers = await loadReaders([...layers.values()], await readGuardRules(flags));
      const examination = examine(layers, order, facts, readers);
      const { effective } = examination;
      const rehearsal = await createSimulation(layers, readers.judge)(examination, facts);
      const problems = [...folder.problems, ...examination.problems, ...rehearsal.problems];
      for (const warning of [...examination.warnings, ...rehearsal.warnings]) {
        context.err(
          `${paint({ colour: context.colour && context.errIsTerminal }, 'yellow', 'warning')}: ${describeProblem(warning)}\n`,
        );
      }
      // What the guard refuses is shown all the same, to see it; the exit code says that no instance would take it.
      if (effective) context.out(print(effective, flags, context));
      if (isNotEmpty(problems)) throw new LandfallError(faultOfProblems(problems, 'preview', dir));
    });
  for (const option of guardOptions()) command.addOption(option);
}

/** A slip in a role shows what every instance has, and looks like an answer. @throws LandfallError `LF_USAGE`. */
function refuseUnknown(
  { layers, path }: ConfigFolder,
  option: 'role' | 'environment',
  name: string | undefined,
) {
  const known = [...new Set(layers.flatMap(({ place }) => place.bound.get(option) ?? []))].toSorted();
  if (name === undefined || known.length === 0 || known.includes(name)) return;
  const near = nearestName(name, known);
  throw usage(
    `--${option} ${name}`,
    `${path} has no layer of it; those of ${option === 'role' ? 'roles' : 'environments'} are ${known.join(', ')}`,
    near === undefined ? `Name one of them, or leave --${option} out.` : `Did you mean ${near}?`,
  );
}

function print(effective: Effective, flags: PreviewFlags, context: OpsContext): string {
  const format = flags.json === true ? 'json' : (flags.format ?? (context.columns > 0 ? 'table' : 'json'));
  const properties = [...effective.values()];
  if (format === 'table') {
    return alignColumns(
      properties.map(({ key, value, winner }) => [
        paint(context, 'cyan', key),
        oneLine(value),
        paint(context, 'dim', `${winner.layer}/${winner.file}:${winner.line}`),
      ]),
      context.columns,
    );
  }
  const other = FORMATS.get(format);
  if (other) return other.print(properties.map(({ key, value }) => [key, value] as const));
  // By hand: a JavaScript object moves keys that look like numbers to the front.
  const members = properties.map(
    ({ key, value, list }) => `${JSON.stringify(key)}:${JSON.stringify(list ?? value)}`,
  );
  return `{"properties":{${members.join(',')}}}\n`;
}

function readTag(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=');
  if (at <= 0) throw usage(`--tag ${pair}`, 'it is no NAME=VALUE', 'Write it as --tag service=payroll.');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
