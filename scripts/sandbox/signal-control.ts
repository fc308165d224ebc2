import type { AutoScalingGroups, SandboxHook } from './signals/auto-scaling.ts';
import type { SignalledStacks } from './signals/cloudformation.ts';
import { isRecord } from '#kit/is-record.ts';

/** The part of the control backend for those who wait for instances: groups, stacks, and what they were told. */
export function signalControl(
  { groups, stacks }: { readonly groups: AutoScalingGroups; readonly stacks: SignalledStacks },
  subject: string,
  asked: Readonly<Record<string, unknown>>,
): { readonly status: number; readonly body: unknown } {
  if (subject === 'signals') {
    return { status: 200, body: { lifecycle: groups.calls, stacks: stacks.signals } };
  }
  const { name, region, stack, resource, hooks = [], instances = {} } = asked;
  if (subject === 'stacks') {
    if (typeof region !== 'string' || typeof stack !== 'string' || typeof resource !== 'string') {
      return wrong('region, stack and resource are required');
    }
    stacks.wait(region, stack, resource);
    return { status: 200, body: { region, stack, resource } };
  }
  if (typeof name !== 'string' || typeof region !== 'string') return wrong('name and region are required');
  if (!Array.isArray(hooks) || !hooks.every(isHook)) {
    return wrong('hooks must have a name, and be on launch or termination');
  }
  if (!isRecord(instances)) return wrong('instances must be lifecycle states by id');
  const group = groups.add({ name, region, hooks });
  for (const [id, state] of Object.entries(instances)) group.instances.set(id, String(state));
  return { status: 200, body: { name, region, hooks, instances: Object.fromEntries(group.instances) } };
}

function isHook(value: unknown): value is SandboxHook {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    (value['on'] === 'launch' || value['on'] === 'termination')
  );
}

function wrong(message: string): { readonly status: number; readonly body: unknown } {
  return { status: 400, body: { message } };
}
