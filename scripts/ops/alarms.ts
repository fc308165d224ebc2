import { Option, type Command } from 'commander';
import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import { judgeMetrics } from '#agent/metrics/metrics-pipeline.ts';
import { alignColumns, oneLine, paint } from '#agent/console/terminal.ts';
import { LandfallError } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import { baseOf, OWNER_TAG, ROOT, type Alarm, type AlarmSet, type LeftOut } from './alarms/alarm.ts';
import { changesFor, removalsOf, type Change, type ThereAlarm } from './alarms/alarm-changes.ts';
import { alarmSetOf } from './alarms/alarm-set.ts';
import { createCloudWatchAlarms, type CloudWatchAlarms } from './alarms/cloudwatch-alarms.ts';
import { printCloudFormation, printTerraform } from './alarms/template-text.ts';
import { createPatience } from './across/patience.ts';
import type { OpsContext } from './console/context.ts';
import {
  collect,
  layersOption,
  readOrder,
  readPair,
  readRegions,
  readSpan,
  usage,
  valueOf,
} from './console/options.ts';
import { readConfigFolder } from './folder/config-folder.ts';
import { examine } from './folder/examination.ts';
import { faultOfProblems, isNotEmpty } from './folder/problem-list.ts';
import { loadReaders } from './folder/readers.ts';
import { factsOf, scenariosOf, STAND_IN_ACCOUNT } from './folder/scenario.ts';

interface WhoseFlags {
  readonly regions: string;
  readonly role?: string;
  readonly environment?: string;
  readonly timeout: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

interface FolderFlags extends WhoseFlags {
  readonly account: string;
  readonly tag: readonly string[];
  readonly notify: readonly string[];
  readonly threshold: readonly string[];
  readonly layers?: string;
  readonly format?: 'cloudformation' | 'terraform';
}

const EXAMPLE = `
Example:
  landfall-ops alarms plan config --regions eu-west-1
  landfall-ops alarms apply config --regions eu-west-1,us-east-1 \\
    --notify 'arn:aws:sns:{region}:123456789012:ops' --threshold disk=80
  landfall-ops alarms plan config --regions eu-west-1 --format terraform > alarms.tf
  landfall-ops alarms remove --regions eu-west-1 --role web`;

export function addAlarmsCommand(program: Command, context: OpsContext): void {
  const alarms = program
    .command('alarms')
    .description('alarms of CloudWatch for each role of a folder, made of what its plan measures')
    .addHelpText('after', EXAMPLE);
  ofFolder(alarms.command('plan'), 'show what would change, and write nothing')
    .addOption(
      new Option(
        '--format <format>',
        'all of them as text for another tool, without a look at CloudWatch',
      ).choices(['cloudformation', 'terraform']),
    )
    .addHelpText('after', EXAMPLE)
    .action((dir: string, flags: FolderFlags) => plan(dir, flags, context));
  ofFolder(
    alarms.command('apply'),
    'make them so: creates, updates, and removes those that it made and nobody needs',
  )
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLE)
    .action((dir: string, flags: FolderFlags) => apply(dir, flags, context));
  whose(alarms.command('remove').description('remove those that it made, and no others'))
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLE)
    .action((flags: WhoseFlags) => remove(flags, context));
}

function whose(command: Command): Command {
  return command
    .requiredOption('--regions <regions>', 'which regions, one after the other')
    .option('--role <role>', 'of this role only')
    .option('--environment <environment>', 'of this environment only')
    .option('--timeout <duration>', 'how long the whole command may take', '5m')
    .option('--json', 'print JSON, errors included')
    .option('--debug', 'print stack traces');
}

function ofFolder(command: Command, description: string): Command {
  return whose(command.argument('<dir>', 'the folder with base/, role/, ...').description(description))
    .option(
      '--notify <arn>',
      'an SNS topic that the composite alarm tells; {region} stands for the region',
      collect,
      [],
    )
    .option('--threshold <name=number>', 'another threshold, such as disk=80', collect, [])
    .option('--account <account>', 'stands for {account}', STAND_IN_ACCOUNT)
    .option('--tag <name=value>', 'a tag that the namespace names', collect, [])
    .addOption(layersOption());
}

/** One role and environment of one region, read out of the folder. */
interface Planned extends AlarmSet {
  readonly region: string;
}

/** Planned alarms of a region, with the changes that it takes to get there. */
interface Due {
  readonly region: string;
  readonly base: string;
  readonly changes: readonly Change[];
  readonly leftOut: readonly LeftOut[];
  readonly tags: Readonly<Record<string, string>>;
}

async function plan(dir: string, flags: FolderFlags, context: OpsContext): Promise<void> {
  const sets = await readSets(dir, flags);
  const { format } = flags;
  if (format === undefined) {
    const due = await withCloudWatch(flags, context, (open) => compare(sets, open));
    tell(due, 'planned', flags, context);
    return;
  }
  if (readRegions(flags.regions).length > 1)
    throw usage(`--format ${format}`, 'it is the text of one region', 'Name one region with --regions.');
  context.out(format === 'terraform' ? printTerraform(sets) : printCloudFormation(sets));
}

async function apply(dir: string, flags: FolderFlags, context: OpsContext): Promise<void> {
  const sets = await readSets(dir, flags);
  await withCloudWatch(flags, context, async (open) => {
    await carryOut(await compare(sets, open), open, flags, context);
  });
}

async function remove(flags: WhoseFlags, context: OpsContext): Promise<void> {
  const { role, environment } = flags;
  const isMeant = ({ name, tags }: ThereAlarm): boolean => {
    const base = tags.get(OWNER_TAG);
    if (base === undefined || (name !== base && !name.startsWith(`${base}/`))) return false;
    if (role !== undefined && tags.get('landfall:role') !== role) return false;
    return environment === undefined || tags.get('landfall:environment') === environment;
  };
  await withCloudWatch(flags, context, async (open) => {
    const due: Due[] = [];
    for (const region of readRegions(flags.regions)) {
      const there = (await open(region).list(ROOT)).filter(isMeant);
      const base = baseOf({
        ...(role === undefined ? {} : { role }),
        ...(environment === undefined ? {} : { environment }),
      });
      due.push({ region, base, changes: removalsOf(there), leftOut: [], tags: {} });
    }
    await carryOut(due, open, flags, context);
  });
}

type Open = (region: string) => CloudWatchAlarms;

async function withCloudWatch<T>(
  { timeout }: WhoseFlags,
  context: OpsContext,
  work: (open: Open) => Promise<T>,
): Promise<T> {
  const { clock, random, stop } = context;
  const timeoutMs = readSpan('--timeout', timeout, '5m', 1000);
  const patience = createPatience({ pollMs: 1000, timeoutMs, clock, random, stop });
  const opened = new Map<string, CloudWatchAlarms>();
  try {
    return await work((region) => {
      const known = opened.get(region) ?? createCloudWatchAlarms(region, patience, context);
      opened.set(region, known);
      return known;
    });
  } finally {
    patience.end();
  }
}

/** Compares all regions before anything is changed in one. */
async function compare(sets: readonly Planned[], open: Open): Promise<readonly Due[]> {
  const due: Due[] = [];
  for (const set of sets) {
    const { region, base, leftOut, tags } = set;
    const changes = valueOf(changesFor(set, await open(region).list(base)));
    due.push({ region, base, changes, leftOut, tags });
  }
  return due;
}

async function carryOut(
  due: readonly Due[],
  open: Open,
  flags: WhoseFlags,
  context: OpsContext,
): Promise<void> {
  const isIdle = due.every(({ changes }) => changes.every(({ kind }) => kind === 'keep'));
  const { yes, json } = flags;
  if (json !== true) tell(due, 'planned', flags, context);
  if (isIdle) {
    if (json === true) tell(due, 'done', flags, context);
    return;
  }
  if (yes !== true && json !== true && context.ask && !(await context.ask(`Do this in ${flags.regions}?`)))
    throw new LandfallError({
      code: 'LF_INTERRUPTED',
      operation: 'change the alarms of',
      subject: flags.regions,
      cause: 'the answer was no; nothing was changed',
      hint: 'Run it again when you are ready.',
    });
  for (const { region, changes, tags } of due)
    for (const change of changes) {
      const alarms = open(region);
      if (change.kind === 'create') await alarms.put(change.alarm, tags, true);
      if (change.kind === 'update') await alarms.put(change.alarm, {}, change.actionsEnabled);
      if (change.kind === 'remove') await alarms.remove(change.name);
    }
  if (json === true) tell(due, 'done', flags, context);
  else context.out(`${paint(context, 'green', 'done')}\n`);
}

async function readSets(dir: string, flags: FolderFlags): Promise<readonly Planned[]> {
  const order = readOrder(flags.layers);
  const regions = readRegions(flags.regions);
  const thresholds = new Map(flags.threshold.map(readThreshold));
  const tags = new Map(flags.tag.map((pair) => readPair('--tag', pair, 'service=payroll')));
  const folder = valueOf(await readConfigFolder(dir, order));
  const layers = new Map(folder.layers.map(({ content }) => [content.name, content]));
  const readers = await loadReaders([...layers.values()]);
  const { role, environment } = flags;
  const scenarios = scenariosOf(
    folder.layers.map(({ place }) => place),
    regions,
  ).filter((one) => (role ?? one.role) === one.role && (environment ?? one.environment) === one.environment);
  if (scenarios.length === 0)
    throw usage(
      `--role ${role ?? ''} --environment ${environment ?? ''}`,
      `${dir} has no layer of it`,
      'Name a role and an environment of the folder, or leave them out.',
    );
  const sets: Planned[] = [];
  for (const scenario of scenarios) {
    const facts = valueOf(factsOf(scenario, { account: flags.account, tags }));
    const { plan: ofRole, problems } = examine(layers, order, facts, readers);
    if (isNotEmpty(problems)) throw new LandfallError(faultOfProblems(problems, 'make alarms of', dir));
    if (ofRole.metrics === undefined) continue;
    const settings = readOf(await judgeMetrics(ofRole.metrics), dir);
    const logs = readOf(await readLogPlan(ofRole.logs), dir);
    const notify = flags.notify.map((arn) => readTopic(arn, scenario.region));
    const set = valueOf(alarmSetOf(scenario, settings, logs, facts, { notify, thresholds }));
    sets.push({ ...set, region: scenario.region });
  }
  if (sets.length > 0) return sets;
  throw usage(dir, 'no plan in it has metrics, of which alarms could be made', 'See docs/metrics.md.');
}

/** An agent's hint is for those who run one. */
function readOf<T>(outcome: Outcome<T>, dir: string): T {
  const problems = outcome.kind === 'ok' ? [] : (outcome.fault.problems ?? []);
  if (isNotEmpty(problems)) throw new LandfallError(faultOfProblems(problems, 'make alarms of', dir));
  return valueOf(outcome);
}

/** @throws LandfallError `LF_USAGE`; a topic of another region never hears of an alarm of this one. */
function readTopic(text: string, region: string): string {
  const arn = text.replaceAll('{region}', region);
  const [, where] = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}(?:\.fifo)?$/.exec(arn) ?? [];
  const hint = "Write it as 'arn:aws:sns:{region}:123456789012:ops'.";
  if (where === undefined) throw usage(`--notify ${text}`, 'it is no ARN of an SNS topic', hint);
  if (where !== region) throw usage(`--notify ${text}`, `it is in ${where}, the alarms in ${region}`, hint);
  return arn;
}

function readThreshold(text: string): readonly [what: string, threshold: number] {
  const [name, value] = readPair('--threshold', text, 'disk=80');
  const threshold = Number(value);
  if (value.trim() !== '' && Number.isFinite(threshold)) return [name, threshold];
  throw usage(`--threshold ${text}`, `${JSON.stringify(value)} is no number`, 'Write it as disk=80.');
}

function tell(
  due: readonly Due[],
  state: 'planned' | 'done',
  { json }: WhoseFlags,
  context: OpsContext,
): void {
  if (json === true) {
    const sets = due.map(({ region, base, changes, leftOut }) => ({
      region,
      base,
      alarms: changes.map(documentOf),
      leftOut,
    }));
    context.out(`${JSON.stringify({ state, sets }, null, 2)}\n`);
    return;
  }
  const colours = { create: 'green', update: 'yellow', keep: 'dim', remove: 'red' } as const;
  for (const { region, base, changes, leftOut } of due) {
    context.out(`${paint(context, 'bold', region)}  ${base}\n`);
    const rows = [
      ...changes.map((change) => [
        paint(context, colours[change.kind], change.kind),
        oneLine(shortName(nameOf(change), base)),
        change.kind === 'remove' ? '' : conditionOf(change.alarm),
      ]),
      ...leftOut.map(({ what, why }) => [paint(context, 'dim', 'left out'), oneLine(what), oneLine(why)]),
    ];
    context.out(
      alignColumns(
        rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]),
        context.columns,
      ),
    );
  }
  const count = (kind: Change['kind']): number =>
    due.flatMap(({ changes }) => changes).filter((change) => change.kind === kind).length;
  const [create, update, removed, keep] = [count('create'), count('update'), count('remove'), count('keep')];
  context.out(`${create} to create, ${update} to update, ${removed} to remove, ${keep} as they are\n`);
}

function nameOf(change: Change): string {
  return change.kind === 'remove' ? change.name : change.alarm.name;
}

/** Without the base, which stands above. */
function shortName(name: string, base: string): string {
  return name.startsWith(`${base}/`) ? name.slice(base.length + 1) : name;
}

function conditionOf(alarm: Alarm): string {
  if (alarm.kind === 'composite')
    return alarm.actions.length === 0 ? 'any of them' : `any of them: ${alarm.actions.join(', ')}`;
  const [, measured = ''] = /^SELECT (.*?) FROM /.exec(alarm.query) ?? [];
  const sign = alarm.comparison === 'LessThanThreshold' ? '<' : '>=';
  return oneLine(`${measured} ${sign} ${alarm.threshold} for ${(alarm.period * alarm.periods) / 60}m`);
}

function documentOf(change: Change): object {
  if (change.kind === 'remove') return { change: change.kind, name: change.name };
  const { kind, ...alarm } = change.alarm;
  return { change: change.kind, type: kind, ...alarm };
}
