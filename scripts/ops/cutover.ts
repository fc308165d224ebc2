import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { Finish } from '#agent/console/command-line.ts';
import { alignColumns, oneLine, paint, type Style } from '#agent/console/terminal.ts';
import { errnoOrText } from '#kit/errno.ts';
import { LandfallError } from '#kit/errors.ts';
import { errorDocuments, WORK_IS_DUE } from './across/end.ts';
import { acrossOptions, readTimes, type AcrossFlags } from './across/options.ts';
import { createPatience } from './across/patience.ts';
import { stateFolderOf } from './across/state-folder.ts';
import type { OpsContext } from './console/context.ts';
import type { CutoverEnd, CutoverRequest } from './cutover/cutover-end.ts';
import { readRunbook, type Runbook } from './cutover/runbook.ts';
import { timeOf, type StepName, type StepReading, type StepState } from './cutover/step.ts';
import { usage } from './console/options.ts';

interface Flags extends AcrossFlags {
  readonly until?: keyof typeof UNTIL;
  readonly rollback?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What `run` may be told to end with, and the step that is. */
const UNTIL = {
  copies: 'smoke',
  rehearsal: 'rehearsal',
  notice: 'notice',
  ttl: 'ttl',
} as const satisfies Record<string, StepName>;

export function addCutoverCommand(program: Command, context: OpsContext, finish: Finish): void {
  const cutover = program
    .command('cutover')
    .description('move a service from one region to another, by a runbook')
    .addHelpText(
      'after',
      '\nExample:\n  landfall-ops cutover check payroll.yaml\n' +
        '  landfall-ops cutover run payroll.yaml --until ttl\n  landfall-ops cutover run payroll.yaml',
    );
  const add = (name: string, words: string): Command =>
    cutover
      .command(name)
      .argument('<file>', 'the runbook, in YAML')
      .description(words)
      .option('--json', 'print JSON, errors included');
  const plan = add('plan', 'say what is due, and change nothing: exit code 10, or 0 for nothing');
  const check = add('check', 'say whether everything is ready: exit code 0, or 15');
  const run = add('run', 'make the steps that are due, in their order')
    .addOption(new Option('--until <step>', 'end with that one').choices(Object.keys(UNTIL)))
    .option('--rollback', 'lead the name back, finished or not')
    .option('--yes', 'do not ask');
  for (const [command, timeout] of [
    [plan, '5m'],
    [check, '5m'],
    [run, '2h'],
  ] as const) {
    for (const option of acrossOptions(timeout)) command.addOption(option);
    command.addHelpText('after', `\nExample:\n  landfall-ops cutover ${command.name()} payroll.yaml`);
    command.option('--debug', 'print stack traces');
  }
  plan.action((file: string, flags: Flags) =>
    cut(file, flags, 'look', context, (end) => finish(planCode(end))),
  );
  check.action((file: string, flags: Flags) => cut(file, flags, 'look', context, () => {}));
  run.action((file: string, flags: Flags) =>
    cut(file, flags, flags.rollback === true ? 'back' : 'move', context, () => {}),
  );
}

function planCode({ steps }: CutoverEnd): number {
  return steps.some(({ state }) => state === 'due' || state === 'waiting') ? WORK_IS_DUE : 0;
}

async function cut(
  file: string,
  flags: Flags,
  aim: CutoverRequest['aim'],
  context: OpsContext,
  ended: (end: CutoverEnd) => void,
): Promise<void> {
  const book = readRunbook(await textOf(file), file);
  const times = readTimes(flags);
  const folder = stateFolderOf(flags.stateDir, context.env);
  const request: CutoverRequest = { aim, until: flags.until === undefined ? 'reopen' : UNTIL[flags.until] };
  await confirm(request, book, flags, context);
  // Loaded when they are wanted: the clients of AWS and what speaks to them.
  const { createRoute53 } = await import('./across/global-route53.ts');
  const { runCutover } = await import('./cutover/cutover-run.ts');
  const route53 = createRoute53(book.from, context);
  const { clock, random, stop } = context;
  const patience = createPatience({ ...times, clock, random, stop });
  const say = (line: string): void => context.err(`${oneLine(line)}\n`);
  try {
    const end = await runCutover(request, { book, file, context, patience, folder, say, route53 });
    print(end, book, flags, context);
    const [fault] = end.faults;
    if (fault) throw new LandfallError(fault);
    ended(end);
  } finally {
    patience.end();
    route53.destroy();
  }
}

async function confirm(
  { aim }: CutoverRequest,
  { service, from, to, dns }: Runbook,
  { yes, json }: Flags,
  context: OpsContext,
): Promise<void> {
  if (aim === 'look' || yes === true || json === true || !context.ask) return;
  const words =
    aim === 'back' ? `Lead ${dns.name} back to ${from}?` : `Move ${service} from ${from} to ${to}?`;
  if (await context.ask(words)) return;
  throw new LandfallError({
    code: 'LF_INTERRUPTED',
    operation: 'cut over',
    subject: service,
    cause: 'the answer was no; nothing was changed',
    hint: 'Run it again when you are ready.',
  });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usage(file, `it cannot be read (${errnoOrText(error)})`, 'Name the runbook.');
  }
}

const COLOURS: Readonly<Record<StepState, Style>> = {
  ready: 'green',
  done: 'green',
  due: 'yellow',
  waiting: 'yellow',
  blocked: 'red',
  unused: 'dim',
};

function print(end: CutoverEnd, book: Runbook, { json }: Flags, context: OpsContext): void {
  const { state, steps, doneAt, faults } = end;
  const { service, from, to } = book;
  if (json === true) {
    const errors = errorDocuments(faults);
    const document = {
      state,
      service,
      from,
      to,
      name: book.dns.name,
      steps: steps.map(({ step, state: now, detail }) => {
        return { step, state: now, detail, done_at: doneTime(doneAt[step]) };
      }),
      errors,
    };
    context.out(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const good = faults.length === 0;
  context.out(`${paint(context, good ? 'green' : 'red', state)}: ${service}, ${from} -> ${to}\n`);
  const row = ({ step, state: now, detail }: StepReading): readonly string[] => {
    return [step, paint(context, COLOURS[now], now), doneTime(doneAt[step]) ?? '', oneLine(detail)];
  };
  context.out(alignColumns(steps.map(row)));
}

function doneTime(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : timeOf(epochMs);
}
