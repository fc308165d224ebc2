import type { Service } from '../wire/exchange.ts';
import { invalid, members, queryService, type QueryOperation } from '../wire/query-service.ts';
import { element, textElement } from '../wire/xml.ts';

const NAMESPACE = 'http://autoscaling.amazonaws.com/doc/2011-01-01/';

export interface SandboxHook {
  readonly name: string;
  readonly on: 'launch' | 'termination';
  /** Seconds; 3600 unless given. */
  readonly heartbeat?: number;
}

export interface SandboxGroup {
  readonly name: string;
  readonly region: string;
  readonly hooks: readonly SandboxHook[];
  /** Instance id to lifecycle state; one that ends in `:Wait` waits for the hooks of its way. */
  readonly instances: Map<string, string>;
}

/** What instances said of a lifecycle action, accepted or not. */
export interface LifecycleCall {
  readonly kind: 'complete' | 'heartbeat';
  readonly group: string;
  readonly hook: string;
  readonly instanceId: string;
  /** `CONTINUE` or `ABANDON`; empty for a heartbeat. */
  readonly result: string;
}

/** Groups as far as their instances see them: nothing scales here, tests move the instances. */
export class AutoScalingGroups {
  readonly #groups = new Map<string, SandboxGroup>();
  readonly #calls: LifecycleCall[] = [];

  add({
    name,
    region,
    hooks = [],
  }: Omit<SandboxGroup, 'instances' | 'hooks'> & Partial<SandboxGroup>): SandboxGroup {
    const group: SandboxGroup = { name, region, hooks, instances: new Map() };
    this.#groups.set(name, group);
    return group;
  }

  /** Accepted ones, oldest first. */
  get calls(): readonly LifecycleCall[] {
    return this.#calls;
  }

  get operations(): Readonly<Record<string, QueryOperation>> {
    return {
      DescribeAutoScalingInstances: (asked, region) => {
        const wanted = members(asked, 'InstanceIds');
        const details = [...this.#groups.values()]
          .filter((group) => group.region === region)
          .flatMap((group) => [...group.instances].map(([id, state]) => ({ group, id, state })))
          .filter(({ id }) => wanted.length === 0 || wanted.includes(id))
          .map(({ group, id, state }) =>
            element(
              'member',
              textElement('InstanceId', id),
              textElement('AutoScalingGroupName', group.name),
              textElement('LifecycleState', state),
            ),
          );
        return { kind: 'ok', result: element('AutoScalingInstances', ...details) };
      },
      DescribeLifecycleHooks: (asked, region) => {
        const group = this.#groupOf(asked, region);
        if (!group) return invalid('AutoScalingGroup name not found - null');
        return { kind: 'ok', result: element('LifecycleHooks', ...group.hooks.map(hookElement)) };
      },
      CompleteLifecycleAction: (asked, region) => this.#act(asked, region, 'complete'),
      RecordLifecycleActionHeartbeat: (asked, region) => this.#act(asked, region, 'heartbeat'),
    };
  }

  #act(asked: URLSearchParams, region: string, kind: LifecycleCall['kind']): ReturnType<QueryOperation> {
    const group = this.#groupOf(asked, region);
    const instanceId = asked.get('InstanceId') ?? '';
    const hook = group?.hooks.find(({ name }) => name === asked.get('LifecycleHookName'));
    const state = group?.instances.get(instanceId) ?? '';
    const way = hook?.on === 'launch' ? 'Pending:Wait' : 'Terminating:Wait';
    if (!group || !hook || state !== way) {
      return invalid(`No active Lifecycle Action found with instance ID ${instanceId}`);
    }
    const result = asked.get('LifecycleActionResult') ?? '';
    if (kind === 'complete' && result !== 'CONTINUE' && result !== 'ABANDON') {
      return invalid(`1 validation error detected: Value '${result}' at 'lifecycleActionResult' failed`);
    }
    this.#calls.push({ kind, group: group.name, hook: hook.name, instanceId, result });
    if (kind === 'complete') {
      const stays = hook.on === 'launch' && result === 'CONTINUE';
      group.instances.set(instanceId, stays ? 'InService' : 'Terminated');
    }
    return { kind: 'ok', result: '' };
  }

  #groupOf(asked: URLSearchParams, region: string): SandboxGroup | undefined {
    const group = this.#groups.get(asked.get('AutoScalingGroupName') ?? '');
    return group?.region === region ? group : undefined;
  }
}

/** Auto Scaling, query protocol: what an instance asks about itself. */
export function autoScalingService(groups: AutoScalingGroups): Service {
  return queryService('autoscaling', NAMESPACE, groups.operations);
}

function hookElement({ name, on, heartbeat = 3600 }: SandboxHook): string {
  const way = on === 'launch' ? 'LAUNCHING' : 'TERMINATING';
  return element(
    'member',
    textElement('LifecycleHookName', name),
    textElement('LifecycleTransition', `autoscaling:EC2_INSTANCE_${way}`),
    textElement('HeartbeatTimeout', String(heartbeat)),
    textElement('GlobalTimeout', String(Math.min(172_800, heartbeat * 100))),
    textElement('DefaultResult', 'ABANDON'),
  );
}
