import { spawn, type ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LANDFALL, type Citizen } from './citizen.ts';
import { Payroll } from './payroll.ts';

let payroll: Payroll;
let citizen: Citizen;
const watching: ChildProcess[] = [];

beforeAll(async () => {
  payroll = await Payroll.open();
  citizen = await payroll.run();
});
afterAll(() => {
  for (const child of watching) child.kill('SIGKILL');
  return payroll[Symbol.asyncDispose]();
});

/** Starts `landfall watch`, changes things until it has printed a line, and gives that line; it goes on watching. */
async function firstLine(args: readonly string[], change: (round: number) => void): Promise<string> {
  const child = spawn(LANDFALL, ['watch', ...args], {
    env: citizen.agent.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  watching.push(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  // Nothing says when it listens; so there is something to see until it has been seen.
  for (let round = 1; !out.includes('\n') && child.exitCode === null && round <= 40; round += 1) {
    change(round);
    await citizen.cli('refresh');
  }
  if (!out.includes('\n'))
    throw new Error(`landfall watch printed nothing and ended with ${child.exitCode}: ${err}`);
  return out.split('\n')[0] ?? '';
}

const changeLevel = (round: number): void =>
  payroll.put('environment/prod/prod.properties', `log.level=LEVEL${round}\n`);

describe('landfall watch', () => {
  it('prints one line a change: when, what, which keys', async () => {
    expect(await firstLine([], changeLevel)).toMatch(/^\d{4}-\d\d-\d\dT\S+ +generation .*log\.level/);
  });

  it('prints changes of one key when asked for one', async () => {
    const line = await firstLine(['workers'], (round) => {
      changeLevel(round);
      payroll.put('role/web/web.yaml', `workers: ${round + 10}\n`);
    });
    expect(line).toContain('workers');
  });

  it('prints JSON, an event a line', async () => {
    const event = JSON.parse(await firstLine(['--json'], changeLevel)) as object;
    expect(event).toMatchObject({ kind: 'generation', id: expect.any(Number) as number });
  });

  it('ends with 0 on SIGTERM, and with 8 when the agent goes', async () => {
    await firstLine([], changeLevel);
    const ended = new Promise((resolve) => watching.at(-1)?.once('exit', resolve));
    watching.at(-1)?.kill('SIGTERM');
    expect(await ended).toBe(0);
    await firstLine([], changeLevel);
    const left = new Promise((resolve) => watching.at(-1)?.once('exit', resolve));
    await citizen.agent.stop();
    expect(await left).toBe(8);
  });
});
