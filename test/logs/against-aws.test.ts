import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import { systemClock } from '#kit/clock.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import { callsAt } from '../support/aws-calls.ts';
import { MOTO_IS_MISSING, startMoto, type Moto } from '../support/moto.ts';
import { until } from '../support/patience.ts';
import { entry, FACTS, shipperLab } from './support/shipper-lab.ts';

const LINES = Array.from({ length: 3_000 }, (_, line) => `line ${line}`);

/** The same through real sockets and another's idea of CloudWatch Logs: time is real here, too. */
async function shipTo(aws: AwsCalls): Promise<readonly string[]> {
  using lab = shipperLab();
  const shipper = lab.start({ aws, clock: systemClock });
  lab.write('a.log', ...LINES);
  const settings = { path: `${lab.folder}/*.log`, group: '/{environment}/{role}/app', retention: '30d' };
  await shipper.reconfigure([entry('app', settings)], FACTS);
  await until(() => readOf(shipper.status()) === LINES.length);
  await shipper.drain(30_000);
  return messages(aws);
}

function readOf(status: Readonly<Record<string, unknown>>): number {
  const [first] = status['entries'] as readonly {
    readonly ledger: { readonly read: { readonly events: number } };
  }[];
  return first?.ledger.read.events ?? 0;
}

/** By GetLogEvents, as anybody reads them. */
async function messages(aws: AwsCalls): Promise<readonly string[]> {
  const found: string[] = [];
  for (let token: string | undefined, before = -1; before !== found.length;) {
    before = found.length;
    const body = {
      logGroupName: '/prod/web/app',
      logStreamName: 'i-1',
      startFromHead: true,
      ...(token === undefined ? {} : { nextToken: token }),
    };
    const signal = AbortSignal.timeout(10_000);
    const result = await aws.json('logs', 'Logs_20140328.GetLogEvents', body, { signal, maxBytes: 8e6 });
    if (result.kind !== 'ok') throw new Error(`GetLogEvents: ${result.kind}`);
    const answer = result.json as { events: readonly { message: string }[]; nextForwardToken: string };
    found.push(...answer.events.map(({ message }) => message));
    token = answer.nextForwardToken;
  }
  return found;
}

describe('CloudWatch Logs of the sandbox', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  test('takes all lines in order, and sets the retention', async () => {
    expect(await shipTo(callsAt(new URL(sandbox.url)))).toEqual(LINES);
    await until(() => sandbox.logs.groups('eu-west-1').get('/prod/web/app')?.retentionDays === 30);
  });

  test('case 50: throttled, reset, cut off and slow, it still gets every line', async () => {
    await using rough = Object.assign(await startSandbox(), {
      [Symbol.asyncDispose](): Promise<void> {
        return (this as unknown as Sandbox).close();
      },
    });
    for (const effect of ['throttle', 'reset', 'truncate', 'lose', 'throttle'] as const) {
      rough.faults.add({ service: 'logs', operation: 'PutLogEvents', effect, times: 1 });
    }
    rough.faults.add({ service: 'logs', operation: 'CreateLogStream', effect: 'throttle', times: 2 });
    const arrived = await shipTo(callsAt(new URL(rough.url)));
    expect([...new Set(arrived)]).toEqual(LINES);
  });
});

describe('CloudWatch Logs of moto', () => {
  let moto: Moto | undefined;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.stop());

  test('takes all lines in order', async ({ skip }) => {
    if (!moto) skip(MOTO_IS_MISSING);
    else expect(await shipTo(callsAt(new URL(moto.url)))).toEqual(LINES);
  });
});
