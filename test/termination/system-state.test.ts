import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSystemStopping } from '#agent/termination/system-state.ts';

let base: string;
beforeAll(() => (base = mkdtempSync(join(tmpdir(), 'landfall-system-'))));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A systemctl that prints this and exits with that. */
function systemctl(state: string, code: number): void {
  const file = join(base, 'systemctl');
  writeFileSync(file, `#!/bin/sh\n[ "$1" = is-system-running ] && echo ${state}\nexit ${code}\n`);
  chmodSync(file, 0o755);
}

describe('the system is stopping', () => {
  it.each([
    ['running', 0, false],
    ['degraded', 1, false],
    ['starting', 1, false],
    ['stopping', 1, true],
    ['offline', 1, false],
  ])('when systemd says %s: %s', async (state, code, stopping) => {
    systemctl(state, code);
    expect(await isSystemStopping(`${base}:/usr/bin:/bin`)).toBe(stopping);
  });

  it('is not said without systemd', async () => {
    expect(await isSystemStopping(join(base, 'none'))).toBe(false);
  });
});
