import type { SandboxInstance } from '#scripts/sandbox/imds/instance.ts';
import type { Sandbox } from '#scripts/sandbox/sandbox.ts';
import type { Fault } from '#scripts/sandbox/wire/faults.ts';

const EXPIRED = { status: 400, code: 'ExpiredToken' } as const;
const BUSY = { status: 503 } as const;

/** What goes wrong while agents soak, one after the other in an order that is drawn. */
export const SOAK_FAULTS: Readonly<Record<string, Fault>> = {
  'S3 throttles': { service: 's3', effect: 'throttle' },
  'S3 hangs': { service: 's3', effect: 'hang' },
  'S3 resets': { service: 's3', effect: 'reset' },
  'S3 is slow': { service: 's3', delayMs: 1500 },
  'S3 cuts answers short': { service: 's3', effect: 'truncate' },
  'S3 trickles': { service: 's3', effect: 'trickle' },
  'S3 calls credentials expired': { service: 's3', effect: EXPIRED },
  'Logs throttles': { service: 'logs', effect: 'throttle' },
  'Logs hangs': { service: 'logs', effect: 'hang' },
  'Logs answers 503': { service: 'logs', effect: BUSY },
  'Logs loses its answers': { service: 'logs', effect: 'lose' },
  'Logs calls credentials expired': { service: 'logs', effect: EXPIRED },
  'metadata answers 503': { service: 'imds', effect: BUSY },
  'metadata hangs': { service: 'imds', effect: 'hang' },
  'metadata resets': { service: 'imds', effect: 'reset' },
};

/** Something to plant and something to take away; credentials and tokens of instances end now and then, as on EC2. */
export function drawFault(
  sandbox: Sandbox,
  instances: readonly SandboxInstance[],
  random: () => number,
): { readonly name: string; readonly heal: () => void } {
  const all = Object.entries(SOAK_FAULTS);
  const [name, fault] = all[Math.floor(random() * all.length)] ?? ['none', { times: 0 }];
  const id = sandbox.faults.add(fault);
  for (const instance of instances) {
    if (random() < 0.1) instance.rotateCredentials();
    if (random() < 0.1) instance.revokeTokens();
  }
  return { name, heal: () => void sandbox.faults.remove(id) };
}
