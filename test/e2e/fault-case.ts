import { expect } from 'vitest';
import type { Effect } from '../../scripts/sandbox/wire/faults.ts';
import type { Home, Json } from './citizen.ts';
import { Payroll, TREE, type PayrollOptions } from './payroll.ts';

/** One thing that goes wrong at the source, and what Landfall must call it. */
export interface FaultCase {
  readonly code: string;
  /** Of a `bootstrap` that meets it. */
  readonly exit: number;
  /** What the cause must tell beyond the code. */
  readonly cause?: RegExp;
  /** What the way out must name. */
  readonly hint: RegExp;
  /** Makes it happen; `faults.clear()` and `restore` must be able to undo it. */
  readonly strike: (payroll: Payroll) => void;
  /** Puts back what `strike` changed in the bucket. Default: every file of `TREE`. */
  readonly restore?: (payroll: Payroll) => void;
  /** What is in the bucket before. */
  readonly prepare?: (payroll: Payroll) => void;
  readonly payroll?: PayrollOptions;
  /** How long a bootstrap needs to see it; default 6s: a dozen start beside each other. */
  readonly bootTimeout?: string;
  /** Longest wait until a running agent reports it. */
  readonly patienceMs?: number;
}

/** Every request to S3 ends like this. */
export function everywhere(effect: Effect): FaultCase['strike'] {
  return ({ sandbox }) => void sandbox.faults.add({ service: 's3', effect });
}

/** A running agent names the failure, serves what it had, and recovers when the cause is gone. */
export async function expectGoodStays(fault: FaultCase): Promise<void> {
  await using payroll = await Payroll.open(fault.payroll);
  fault.prepare?.(payroll);
  const citizen = await payroll.run();
  await citizen.follows();
  const before = await citizen.json('/v1/config');

  fault.strike(payroll);
  const failure = await citizen.fails(fault.code, fault.patienceMs);
  expectDescribed(failure, fault);
  const { checkedAt: _, ...kept } = before;
  expect(await citizen.json('/v1/config')).toMatchObject({ ...kept, stale: true });
  expect((await citizen.ask('/readyz')).status).toBe(200);

  payroll.sandbox.faults.clear();
  (fault.restore ?? restoreTree)(payroll);
  await citizen.follows();
  expect(await citizen.json('/v1/config')).toMatchObject({
    digest: before['digest'],
    properties: before['properties'],
  });
}

/** A bootstrap that meets the failure ends with its code, fails closed, and keeps nothing. */
export async function expectBootstrapFails(fault: FaultCase, home: Partial<Home> = {}): Promise<void> {
  await using payroll = await Payroll.open(fault.payroll);
  fault.prepare?.(payroll);
  fault.strike(payroll);
  const env = { LANDFALL_BOOT_TIMEOUT: fault.bootTimeout ?? '6s' };
  const { code, stderr } = await payroll.finish({ ...home, args: ['bootstrap', '--json'], env });
  const { error } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as { error: Json };
  expect([code, error['code']], stderr).toEqual([fault.exit, fault.code]);
  const { cause, hint } = error;
  expectDescribed({ message: cause, hint }, fault);
}

function expectDescribed({ message, hint }: Json, fault: FaultCase): void {
  expect(message).toMatch(fault.cause ?? /\S/);
  expect(hint).toMatch(fault.hint);
}

function restoreTree(payroll: Payroll): void {
  const known = new Set(Object.keys(TREE).map((path) => `payroll/${path}`));
  for (const bucket of payroll.sandbox.buckets.values())
    for (const { key } of bucket.sorted()) if (!known.has(key)) bucket.delete(key);
  for (const [path, text] of Object.entries(TREE)) payroll.put(path, text);
}
