import {
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { Fault } from '#kit/errors.ts';
import { askPatiently } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import { regionalConfig } from '../across/regional-clients.ts';
import type { OpsContext } from '../console/context.ts';

/** A script for instances that Systems Manager manages. It has to be one that may run twice: an answer may be lost. */
export interface InstanceScript {
  readonly region: string;
  /** One instance by its id, or all with a tag. */
  readonly on: { readonly instance: string } | { readonly tag: string; readonly value: string };
  readonly lines: readonly string[];
  /** Shown beside it in the console. */
  readonly comment: string;
}

/** Seconds: for an instance to take it, and for it to run. Who is away for longer does not answer users either. */
const DELIVERY_SECONDS = 120;
const RUN_SECONDS = 120;

const ENDED: ReadonlySet<string> = new Set(['Success', 'Cancelled', 'Failed', 'TimedOut']);

export type ScriptEnd =
  | { readonly kind: 'ran'; readonly instances: number }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Until it ended with 0 on every one of them, or did not. None of them at all is a failure: nobody was told. */
export async function runOnInstances(
  script: InstanceScript,
  patience: Patience,
  context: OpsContext,
): Promise<ScriptEnd> {
  const ssm = new SSMClient(regionalConfig('ssm', script.region, context));
  try {
    return await sendAndAwait(script, ssm, patience);
  } finally {
    ssm.destroy();
  }
}

async function sendAndAwait(
  { region, on, lines, comment }: InstanceScript,
  ssm: SSMClient,
  patience: Patience,
): Promise<ScriptEnd> {
  const whom = 'instance' in on ? on.instance : `tag:${on.tag}=${on.value}`;
  const subject = `${whom} in ${region}`;
  const targets =
    'instance' in on
      ? { InstanceIds: [on.instance] }
      : { Targets: [{ Key: `tag:${on.tag}`, Values: [on.value] }] };
  const command = new SendCommandCommand({
    ...targets,
    DocumentName: 'AWS-RunShellScript',
    Comment: comment.slice(0, 100),
    TimeoutSeconds: DELIVERY_SECONDS,
    Parameters: { commands: [...lines], executionTimeout: [String(RUN_SECONDS)] },
  });
  const sent = await askPatiently(
    { service: 'SSM', action: 'SendCommand', subject },
    patience,
    (abortSignal) => ssm.send(command, { abortSignal }),
  );
  if (sent.kind === 'refused') return { kind: 'failed', fault: sent.fault };
  const CommandId = sent.value.Command?.CommandId ?? '';
  const failed = (cause: string, hint: string): ScriptEnd => {
    const fault: Fault = { code: 'LF_CUTOVER_UNFINISHED', operation: 'SendCommand', subject, cause, hint };
    return { kind: 'failed', fault };
  };
  for (;;) {
    const asked = { service: 'SSM', action: 'ListCommands', subject };
    const answer = await askPatiently(asked, patience, (abortSignal) =>
      ssm.send(new ListCommandsCommand({ CommandId }), { abortSignal }),
    );
    if (answer.kind === 'refused') return { kind: 'failed', fault: answer.fault };
    // It is in the list a moment after it was taken.
    const [seen] = answer.value.Commands ?? [];
    const { Status = 'Pending', StatusDetails = Status, TargetCount = 0, CompletedCount = 0 } = seen ?? {};
    if (ENDED.has(Status)) {
      if (TargetCount === 0)
        return failed('Systems Manager manages none', 'See that its agent runs there, with a role that may.');
      if (Status === 'Success') return { kind: 'ran', instances: TargetCount };
      const why = (await whyFailed(ssm, CommandId, patience)) ?? `${CompletedCount} of ${TargetCount} ran it`;
      return failed(
        `${StatusDetails}: ${why}`,
        `See command ${CommandId} in Systems Manager, and run it again.`,
      );
    }
    if ((await patience.sleep(patience.pollMs)) !== 'on')
      return failed(`command ${CommandId} was not seen to end`, 'Run the same command again.');
  }
}

/** Of the first instance that failed: its id, and the end of what it printed. */
async function whyFailed(ssm: SSMClient, CommandId: string, patience: Patience): Promise<string | undefined> {
  const asked = { service: 'SSM', action: 'ListCommandInvocations', subject: CommandId };
  const answer = await askPatiently(asked, patience, (abortSignal) =>
    ssm.send(new ListCommandInvocationsCommand({ CommandId, Details: true }), { abortSignal }),
  );
  if (answer.kind === 'refused') return undefined;
  const failed = answer.value.CommandInvocations?.find(({ Status = '' }) => Status !== 'Success');
  if (!failed) return undefined;
  const { InstanceId = '', StatusDetails = '', CommandPlugins = [] } = failed;
  const lines = CommandPlugins.flatMap(({ Output = '' }) => Output.trim().split('\n'));
  // The last line is Systems Manager's own, which says no more than the status.
  const said = lines.findLast((text) => text !== '' && !text.startsWith('failed to run commands')) ?? '';
  return [InstanceId, StatusDetails, said]
    .filter((word) => word !== '')
    .join(' ')
    .slice(0, 300);
}

/** One word to a shell, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
