import { Option, type Command } from 'commander';
import { alignColumns, paint } from '#agent/console/terminal.ts';
import { describeProblem, LandfallError, type Problem } from '#kit/errors.ts';
import { readConfigFolder } from './folder/config-folder.ts';
import type { OpsContext } from './console/context.ts';
import { checkFolder, type FolderCheck } from './folder/folder-check.ts';
import {
  guardOptions,
  layersOption,
  readGuardRules,
  readOrder,
  readRegions,
  valueOf,
  type GuardFlags,
} from './console/options.ts';
import { printLintJunit, printLintSarif } from './folder/lint-formats.ts';
import { faultOfProblems, isNotEmpty } from './folder/problem-list.ts';
import { inPlaceOrder } from './folder/problem-tally.ts';
import { namesBound, STAND_IN_ACCOUNT } from './folder/scenario.ts';

interface LintFlags extends GuardFlags {
  readonly regions?: string;
  readonly layers?: string;
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly format?: 'sarif' | 'junit';
}

export function addLintCommand(program: Command, context: OpsContext): void {
  const command = program
    .command('lint')
    .argument('<dir>', 'the folder with base/, role/, ...')
    .description('check a folder of configuration as the agents of all its instances would')
    .option('--regions <regions>', 'the regions to check it for; those under region/ when left out')
    .addOption(layersOption())
    .option('--strict', 'refuse what is otherwise warned of')
    .addOption(
      new Option('--format <format>', 'what a pipeline reads: findings at their lines').choices([
        'sarif',
        'junit',
      ]),
    )
    .option('--json', 'print JSON, errors included')
    .addHelpText('after', '\nExample:\n  landfall-ops lint examples/payroll --regions eu-west-1,us-east-1')
    .action(async (dir: string, flags: LintFlags) => {
      const found = await lint(dir, flags);
      const check = flags.strict === true ? strictly(found) : found;
      context.out(printed(dir, check, flags, context));
      if (isNotEmpty(check.problems)) throw new LandfallError(faultOfProblems(check.problems, 'check', dir));
    });
  for (const option of guardOptions()) command.addOption(option);
}

/** A warning is a refusal; hints stay what they are, for `--hints refuse` decides on them. */
function strictly(check: FolderCheck): FolderCheck {
  return {
    ...check,
    problems: inPlaceOrder([...check.problems, ...check.warnings.filter(isNoHint)]),
    warnings: check.warnings.filter((warning) => !isNoHint(warning)),
  };
}

function printed(dir: string, check: FolderCheck, { json, format }: LintFlags, context: OpsContext): string {
  if (format === 'sarif') return printLintSarif(check, dir);
  if (format === 'junit') return printLintJunit(check, dir);
  return json === true ? `${JSON.stringify(documentOf(check), null, 2)}\n` : screen(dir, check, context);
}

/** Well-formed and not there: what stands for "wherever" when nobody names a region. */
const NOWHERE = 'eu-nowhere-1';

async function lint(dir: string, flags: LintFlags): Promise<FolderCheck> {
  const order = readOrder(flags.layers);
  const folder = valueOf(await readConfigFolder(dir, order));
  const found = namesBound(
    folder.layers.map(({ place }) => place),
    'region',
  );
  const regions = flags.regions === undefined ? found : readRegions(flags.regions);
  const standIn = { account: STAND_IN_ACCOUNT };
  const rules = await readGuardRules(flags);
  if (regions.length > 0) return valueOf(await checkFolder(folder, regions, order, standIn, rules));

  const check = valueOf(await checkFolder(folder, [NOWHERE], order, standIn, rules));
  return {
    ...check,
    regions: [],
    problems: check.problems.filter((problem) => !hangsOnRegion(problem)),
    // Where nobody is at home, every hint would be one.
    warnings: [...check.warnings, ...check.problems.filter(hangsOnRegion)]
      .filter(isNoHint)
      .map((warning) => ({
        ...warning,
        message: warning.message.replaceAll(NOWHERE, 'its region'),
      })),
  };
}

/** What the guard finds, and an init document that fetches from the S3 of some region: that may be the right one. */
function hangsOnRegion({ code, message }: Problem): boolean {
  return (
    code === 'LF_REGION_FOREIGN' ||
    code === 'LF_REGION_HINT' ||
    (code === 'LF_INIT_UNSUPPORTED' && message.includes(NOWHERE))
  );
}

function isNoHint({ code }: Problem): boolean {
  return code !== 'LF_REGION_HINT';
}

function screen(dir: string, check: FolderCheck, context: OpsContext): string {
  const warnings = check.warnings.map((problem) => [
    paint(context, 'yellow', 'warning'),
    describeProblem(problem),
    paint(context, 'dim', problem.code),
  ]);
  const regions =
    check.regions.length > 0
      ? check.regions.join(', ')
      : 'no region: name some with --regions to have the guard look';
  const kinds =
    check.examined.length === 1 ? '1 kind of instance' : `${check.examined.length} kinds of instances`;
  const verdict =
    check.problems.length === 0 ? paint(context, 'green', 'ok') : paint(context, 'red', 'refused');
  return `${alignColumns(warnings, context.columns)}${verdict}: ${dir}, ${kinds}, ${regions}\n`;
}

function documentOf({ problems, warnings, regions, examined }: FolderCheck): object {
  return {
    ok: problems.length === 0,
    regions,
    instances: examined.map(({ scenario, keys }) => ({
      region: regions.length > 0 ? scenario.region : null,
      role: scenario.role ?? null,
      environment: scenario.environment ?? null,
      keys: keys ?? null,
    })),
    problems: problems.map(row),
    warnings: warnings.map(row),
  };
}

function row({ code, message, file, line, column }: Problem): object {
  return { code, file: file ?? null, line: line ?? null, column: column ?? null, message };
}
