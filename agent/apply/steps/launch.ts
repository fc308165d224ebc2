import type { FaultCode } from '#kit/errors.ts';
import { fail, retry, type Outcome } from '#kit/outcome.ts';
import type { CommandLine, PlanAsset } from '../../plan/plan.ts';
import type { Accounts } from '../commands/account.ts';
import type { ApplyHost, ApplyWork } from '../apply-work.ts';
import { environmentOf } from '../commands/command-environment.ts';
import { judgeCommand } from '../command-fault.ts';
import { withCommandFolder, type CommandFile } from '../commands/command-folder.ts';
import type { Command } from '../commands/command.ts';
import { argvOf } from '../commands/interpreter.ts';
import { redactionOf } from '../redaction.ts';

/** One script or hook to run. */
export interface Launch {
  readonly label: string;
  /** One of both. */
  readonly command: CommandLine | undefined;
  readonly run: PlanAsset | undefined;
  readonly user: string | undefined;
  readonly timeoutMs: number;
  /** Variables that its entry in the plan sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables of the event that it runs for; they win over `environment`. */
  readonly event: Readonly<Record<string, string>>;
  /** Variable to text: each is told the path of a file with that text. */
  readonly files: Readonly<Record<string, string>>;
  /** Code with which a failure is told. */
  readonly code: FaultCode;
}

/** `retry`: the agent stops, or the run folder is full. `fail`: it ran and failed, or cannot run. */
export type LaunchCommand = (launch: Launch, work: ApplyWork, host: ApplyHost) => Promise<Outcome<void>>;

export interface LauncherOptions {
  readonly accounts: Accounts;
  /** See `passedOn`. */
  readonly passedOn: Readonly<Record<string, string>>;
}

/** Runs the scripts and hooks of a plan: each with a folder of its own for the length of its run. */
export function createLauncher({ accounts, passedOn }: LauncherOptions): LaunchCommand {
  return async (launch, work, host) => {
    const { label, run, user } = launch;
    const script = run && work.asset(run);
    if (run && !script) return fail(absentAsset(launch, run));
    const files: readonly CommandFile[] = [
      { name: 'LANDFALL_PROPERTIES', content: propertiesOf(work) },
      ...Object.entries(launch.files).map(([name, content]) => ({ name, content })),
      ...(script ? [{ name: SCRIPT, content: script.bytes, executable: true }] : []),
    ];
    const owner = host.uid === 0 && user !== undefined ? await accounts.byName(user) : undefined;
    const runIn = async (folder: string): Promise<Outcome<void>> => {
      const command: Command = {
        label,
        argv: script ? argvOf(script.bytes, `${folder}/${SCRIPT}`) : ['/bin/sh', '-c', launch.command ?? ''],
        cwd: '/',
        env: environmentOf({
          generation: work.next,
          isSecret: work.isSecret,
          passedOn,
          own: launch.environment,
          event: { ...launch.event, ...pathsOf(folder, files) },
        }),
        ...(user === undefined ? {} : { user }),
        timeoutMs: launch.timeoutMs,
      };
      const result = await host.run(command, work.signal);
      host.logger.info('command ended', {
        label,
        end: result.end,
        durationMs: Math.round(result.durationMs),
      });
      return judgeCommand(label, result, launch.code, redactionOf(work));
    };
    try {
      return await withCommandFolder(host.runDir, owner, files, runIn);
    } catch (error) {
      return retry({
        code: launch.code,
        operation: 'prepare',
        subject: label,
        cause: error instanceof Error ? error.message : String(error),
        hint: 'Check the run folder and its file system.',
      });
    }
  };
}

const SCRIPT = 'script';

function propertiesOf({ next }: ApplyWork): string {
  return JSON.stringify(Object.fromEntries([...next.effective].map(([key, { value }]) => [key, value])));
}

function pathsOf(folder: string, files: readonly CommandFile[]): Record<string, string> {
  const named = files.filter(({ name }) => name !== SCRIPT);
  return Object.fromEntries(named.map(({ name }) => [name, `${folder}/${name}`]));
}

function absentAsset({ label, code }: Launch, { layer, path }: PlanAsset) {
  return {
    code,
    operation: 'run',
    subject: label,
    cause: `${layer}/${path} is not there`,
    hint: 'Put the file beside the plan that names it.',
  };
}
