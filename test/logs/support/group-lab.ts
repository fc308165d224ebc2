import { LogGroupProvisioner } from '#agent/logs/sink/log-group-provisioner.ts';
import type { LogGroupSpec } from '#agent/logs/sink/log-group-spec.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import type { LogGroup } from '#scripts/sandbox/logs/log-store.ts';
import { callsAt } from '../../support/aws-calls.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { elapse, until } from '../../support/patience.ts';
import { NO_WISH } from './shipping.ts';

export const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/mrk-1';

interface Warning {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A keeper of groups before the sandbox, through sockets; its time is a fake clock's. */
export interface GroupLab extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly keeper: LogGroupProvisioner;
  readonly clock: FakeClock;
  readonly warnings: readonly Warning[];
  /** As somebody else made it. */
  has(name: string, form?: Partial<LogGroup>): LogGroup;
  /** Resolves when all that was asked of the keeper is done: the calls it took, in their order. */
  rest(): Promise<readonly string[]>;
}

export function wish(more: Partial<LogGroupSpec>): LogGroupSpec {
  return { ...NO_WISH, ...more };
}

export async function groupLab(): Promise<GroupLab> {
  const sandbox = await startSandbox();
  const clock = new FakeClock();
  const over = new AbortController();
  const warnings: Warning[] = [];
  const logger = {
    debug: () => {},
    info: () => {},
    error: () => {},
    warn: (message: string, fields: Warning['fields'] = {}) => void warnings.push({ message, fields }),
  };
  const aws = callsAt(new URL(sandbox.url));
  const keeper = new LogGroupProvisioner({ aws, clock, random: () => 0.5, logger, signal: over.signal });
  const groups = sandbox.logs.groups('eu-west-1');
  const has: GroupLab['has'] = (name, form = {}) => {
    const none = { class: 'STANDARD', tags: {}, kmsKey: undefined, retentionDays: undefined };
    const group = { name, createdAt: 0, streams: new Map(), filters: new Map(), ...none, ...form };
    groups.set(name, group);
    return group;
  };
  let marks = 0;
  let seen = 0;
  return {
    sandbox,
    keeper,
    clock,
    warnings,
    has,
    rest: async () => {
      // Groups are looked at one behind the other: when a last one is done, all are.
      marks += 1;
      const mark = has(`/mark/${marks}`);
      keeper.tend(mark.name, wish({ retentionDays: 1 }));
      await elapse(
        clock,
        until(() => mark.retentionDays === 1),
      );
      const asked = sandbox.requests.entries.map(({ operation }) => operation);
      const mine = asked.slice(seen, -2);
      seen = asked.length;
      return mine;
    },
    [Symbol.asyncDispose]: async () => {
      over.abort(new Error('over'));
      await sandbox.close();
    },
  };
}
