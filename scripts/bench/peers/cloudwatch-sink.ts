import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import type { SandboxInstance } from '#scripts/sandbox/imds/instance.ts';
import type { Sink } from './peer.ts';

export const REGION = 'eu-west-1';
export const GROUP = '/head-to-head/app';

/** The sandbox's CloudWatch Logs, of which only the one stream is looked at. */
export interface CloudWatchSink extends Sink, AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Its id is the name of the stream. */
  readonly instance: SandboxInstance;
}

export async function openCloudWatchSink(): Promise<CloudWatchSink> {
  const sandbox = await startSandbox({ requestLogSize: 1000 });
  const instance = await sandbox.addInstance({ region: REGION });
  let seen = 0;
  return {
    sandbox,
    instance,
    read() {
      const events = sandbox.logs.events(REGION, GROUP, instance.instanceId).slice(seen);
      seen += events.length;
      return events.map(({ message }) => message);
    },
    cut: () => void sandbox.faults.add({ service: 'logs', effect: 'reset' }),
    restore: () => sandbox.faults.clear(),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
