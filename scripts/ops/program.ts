import type { Command } from 'commander';
import { newProgram, runCommandLine, type Finish } from '#agent/console/command-line.ts';
import { refuseHelpOfUnknown } from '#agent/console/unknown-command.ts';
import { VERSION } from '#agent/version.ts';
import type { OpsContext } from './console/context.ts';
import { addAlarmsCommand } from './alarms.ts';
import { addBakeCommand } from './bake.ts';
import { addCompletionCommand } from './completion.ts';
import { addConvertCommand } from './convert.ts';
import { addCutoverCommand } from './cutover.ts';
import { addDiffCommand } from './diff.ts';
import { addFleetCommand } from './fleet.ts';
import { addFollowCommand } from './follow.ts';
import { addHaltCommand } from './halt.ts';
import { addIpRangesCommand } from './ip-ranges.ts';
import { addLintCommand } from './lint.ts';
import { addPolicyCommand } from './policy.ts';
import { addPreviewCommand } from './preview.ts';
import { addPruneCommand } from './prune.ts';
import { addPublishCommand } from './publish.ts';
import { addReleasesCommand } from './releases.ts';
import { addRollbackCommand } from './rollback.ts';
import { addSandboxCommand } from './sandbox.ts';
import { addScanCommand } from './scan.ts';
import { addScanImageCommand } from './scan-image.ts';
import { addSchemaCommand } from './schema.ts';
import { addSwapCommand } from './swap.ts';
import { addSyncCommand } from './sync.ts';
import { addUploadAgentCommand } from './upload-agent.ts';
import { addUserdataCommand } from './userdata.ts';

/** Runs one command line of `landfall-ops` to its exit code. */
export function runOps(args: readonly string[], context: OpsContext): Promise<number> {
  return runCommandLine(args, context, (finish) => createProgram(context, finish));
}

function createProgram(context: OpsContext, finish: Finish): Command {
  const program = newProgram('landfall-ops', context);
  program
    .description('The tools around Landfall.')
    .version(`landfall-ops ${VERSION}`, '--version')
    // What follows a command is the command's: bake has a --version of its own.
    .enablePositionalOptions()
    .addHelpText('after', '\nEvery command has --help with an example.');
  for (const add of [
    addLintCommand,
    addPreviewCommand,
    addConvertCommand,
    addPublishCommand,
    addReleasesCommand,
    addDiffCommand,
    addRollbackCommand,
    addHaltCommand,
    addPruneCommand,
    addFollowCommand,
    addFleetCommand,
    addAlarmsCommand,
    addPolicyCommand,
    addBakeCommand,
    addScanCommand,
    addScanImageCommand,
    addCutoverCommand,
    addSwapCommand,
    addSyncCommand,
    addIpRangesCommand,
    addUploadAgentCommand,
    addUserdataCommand,
    addSandboxCommand,
    addSchemaCommand,
    addCompletionCommand,
  ]) {
    add(program, context, finish);
  }
  refuseHelpOfUnknown(program);
  for (const command of program.commands) command.option('--debug', 'print stack traces');
  return program;
}
