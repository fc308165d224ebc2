import { describe, expect, it } from 'vitest';
import { Payroll } from './payroll.ts';

describe('the state dir', () => {
  it.each(['run', 'bootstrap'])('is refused to a second daemon, started with %s', async (command) => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    const second = await payroll.finish({ base: citizen.base, args: [command] });
    expect([second.code, second.stderr]).toEqual([2, expect.stringContaining('[LF_STATE_LOCKED]')]);
    expect(second.stderr).toContain(`process ${citizen.agent.pid}`);
    expect((await citizen.ask('/v1/config/db.port')).text).toBe('5432');
    expect((await citizen.askTcp('/readyz')).status).toBe(200);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('is free as soon as its daemon is gone: %s', async (signal) => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    citizen.agent.signal(signal);
    await citizen.agent.exited();
    await payroll.restart(citizen).ready();
  });

  it('is taken by one of two that start together', async () => {
    await using payroll = await Payroll.open();
    const first = payroll.start();
    const second = payroll.start({ base: first.base });
    const loser = await Promise.race(
      [first, second].map(async (one) => ({ one, code: await one.agent.exited() })),
    );
    expect(loser.code).toBe(2);
    await (loser.one === first ? second : first).ready();
  });
});
