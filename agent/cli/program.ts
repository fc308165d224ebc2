import type { Command } from 'commander';
import { flagOf, SETTINGS } from '../settings/catalogue.ts';
import { DEFAULT_CONFIG_FILE } from '../settings/settings.ts';
import { newProgram, runCommandLine, type Finish } from '../console/command-line.ts';
import { addCompletionCommands } from '../console/completion.ts';
import { addConfigCommand } from './config.ts';
import { clientOf, type CliContext } from './context.ts';
import { addDaemonCommands } from './daemon.ts';
import { addDoctorCommand } from './doctor.ts';
import { addExecCommand } from './exec.ts';
import { addExplainCommand } from './explain.ts';
import { addGetCommand } from './get.ts';
import { addLayersCommand } from './layers.ts';
import { addLeaksCommand } from './leaks.ts';
import { addLogsCommand } from './logs.ts';
import { addMetricsCommand } from './metrics.ts';
import { addOverrideCommands } from './override.ts';
import { addPlanCommand } from './plan.ts';
import { addRefreshCommand } from './refresh.ts';
import { addScanCommand } from './scan.ts';
import { addStatusCommand } from './status.ts';
import { refuseHelpOfUnknown } from '../console/unknown-command.ts';
import { addVersionCommand } from './version.ts';
import { addWatchCommand } from './watch.ts';

/** Runs one command line of `landfall` to its exit code. */
export function runCli(args: readonly string[], context: CliContext): Promise<number> {
  return runCommandLine(args, context.terminal, (finish) => createProgram(context, finish));
}

/** Asks the agent that runs here for its keys; none where no agent answers. */
async function keysOf(context: CliContext, command: Command): Promise<readonly string[]> {
  const { body } = await clientOf(context, command.optsWithGlobals()).ask({
    path: '/v1/config',
    timeoutMs: 1000,
  });
  const { properties } = JSON.parse(body) as { readonly properties: Readonly<Record<string, string>> };
  return Object.keys(properties);
}

/** `db.` and `db.pool.` of `db.pool.size`. */
function prefixesOf(keys: readonly string[]): readonly string[] {
  const prefixes = keys.flatMap((key) =>
    [...key.matchAll(/\./g)].map(({ index }) => key.slice(0, index + 1)),
  );
  return [...new Set(prefixes)];
}

async function overriddenKeys(context: CliContext, command: Command): Promise<readonly string[]> {
  const { body } = await clientOf(context, command.optsWithGlobals()).ask({
    path: '/v1/status',
    timeoutMs: 1000,
  });
  const { overrides } = JSON.parse(body) as { readonly overrides: readonly { readonly key: string }[] };
  return overrides.map(({ key }) => key);
}

function createProgram(context: CliContext, finish: Finish): Command {
  const program = newProgram('landfall', context.terminal);
  program
    .description('Makes this instance a citizen of the region it landed in.')
    .configureHelp({ showGlobalOptions: false })
    .version(`landfall ${context.version}`, '--version')
    .option('--config <file>', `settings file (default: ${DEFAULT_CONFIG_FILE} when it exists)`)
    .option('--json', 'print JSON, errors included')
    .option('--debug', 'print stack traces')
    .addHelpText('after', '\nEvery command has --help with an example. Settings: docs/settings.md.')
    .addHelpText('afterAll', ({ command }) =>
      command.parent ? '\nAlso: --json, --debug, --config FILE and all settings of `landfall --help`.' : '',
    );
  for (const [name, setting] of Object.entries(SETTINGS)) {
    program.option(`${flagOf(name)} <${setting.shape}>`, setting.doc);
  }
  for (const add of [
    addDaemonCommands,
    addGetCommand,
    addConfigCommand,
    addExplainCommand,
    addLayersCommand,
    addStatusCommand,
    addLeaksCommand,
    addPlanCommand,
    addLogsCommand,
    addMetricsCommand,
    addRefreshCommand,
    addWatchCommand,
    addOverrideCommands,
    addExecCommand,
    addScanCommand,
    addDoctorCommand,
    addVersionCommand,
  ]) {
    add(program, context, finish);
  }
  const { terminal, env, version } = context;
  addCompletionCommands(
    program,
    { terminal, env, version },
    {
      keys: (_, command) => keysOf(context, command),
      prefixes: async (_, command) => prefixesOf(await keysOf(context, command)),
      'overridden-keys': (_, command) => overriddenKeys(context, command),
    },
  );
  refuseHelpOfUnknown(program);
  return program;
}
