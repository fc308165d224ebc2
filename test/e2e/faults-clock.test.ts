import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LibcShim, UNSHIMMABLE } from '../faults/libc-shim.ts';
import { Payroll } from './payroll.ts';

if (UNSHIMMABLE !== undefined)
  console.warn(`\n*** test/e2e/faults-clock.test.ts is skipped: ${UNSHIMMABLE} ***\n`);

const YEAR_MS = 365 * 86_400_000;

describe.skipIf(UNSHIMMABLE)('a wall clock that jumps under a running agent', () => {
  let shim: LibcShim;
  beforeAll(() => {
    shim = new LibcShim();
  });
  afterAll(() => shim[Symbol.dispose]());

  it.each([
    ['ten years ahead', 10 * YEAR_MS],
    ['ten years back', -10 * YEAR_MS],
    ['an hour ahead', 3_600_000],
    ['an hour back', -3_600_000],
  ])('by %s is followed by a poll within the interval, and takes nothing away', async (_, clockOffsetMs) => {
    shim.set({});
    await using payroll = await Payroll.open();
    const citizen = await payroll.run({ env: shim.env });
    await citizen.follows();
    const before = await citizen.json('/v1/config');

    shim.set({ clockOffsetMs });
    payroll.put('environment/prod/prod.properties', 'log.level=ERROR\n');
    await citizen.serves('log.level', 'ERROR', 5000);
    const after = await citizen.json('/v1/config');
    // Not the sandbox's own clock is off: the agent believes it.
    const moved = Date.parse(String(after['activatedAt'])) - Date.parse(String(before['activatedAt']));
    expect(Math.sign(moved)).toBe(Math.sign(clockOffsetMs));
    expect(Math.abs(moved)).toBeGreaterThan(Math.abs(clockOffsetMs) - 60_000);
    expect(after).toMatchObject({ stale: false });

    shim.set({});
    payroll.put('environment/prod/prod.properties', 'log.level=FATAL\n');
    await citizen.serves('log.level', 'FATAL', 5000);
    const { status, text } = await citizen.ask('/metrics');
    expect(status).toBe(200);
    expect(text).not.toMatch(/(?:_age|uptime)_seconds -/);
  });

  it('back by a year does not end an override early, and ahead by a year ends it', async () => {
    shim.set({});
    await using payroll = await Payroll.open();
    const citizen = await payroll.run({ env: shim.env });
    await citizen.cli('set', 'log.level', 'TRACE', '--for', '1h', '--reason', 'clock');
    await citizen.settles();
    shim.set({ clockOffsetMs: -YEAR_MS });
    await citizen.settles();
    await citizen.serves('log.level', 'TRACE');
    shim.set({ clockOffsetMs: YEAR_MS });
    await citizen.settles();
    await citizen.serves('log.level', 'WARN', 5000);
  });

  it('and is off at the start boots all the same, and serves its last good after kill -9 with S3 down', async () => {
    shim.set({ clockOffsetMs: -10 * YEAR_MS });
    await using payroll = await Payroll.open();
    const citizen = await payroll.run({ env: shim.env });
    await citizen.settles();
    await citizen.kill();
    shim.set({ clockOffsetMs: 10 * YEAR_MS });
    payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
    const again = await payroll.restart(citizen, { env: shim.env }).ready();
    await again.serves('log.level', 'WARN');
    expect(await again.json('/v1/config')).toMatchObject({ stale: true });
  });
});
