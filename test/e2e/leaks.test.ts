import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Finished } from '../../scripts/sandbox/programs/agent-process.ts';
import { allowed } from '../support/allowed.ts';
import { findChromium } from '../support/chromium.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';

interface Seen {
  readonly pid: number;
  readonly clean: Finished;
  readonly foundAfterMs: number;
  readonly leaks: Finished;
  readonly doctor: { readonly code: number; readonly lines: readonly string[] };
  readonly metrics: readonly string[];
  readonly readyInWarn: number;
  /** Null where no browser can be had. */
  readonly page: { readonly said: string; readonly violations: readonly string[] } | null;
  readonly refused: string;
  readonly excused: Finished;
  readonly told: readonly string[];
}

/** A network of its own, with a loopback that takes addresses of others. */
const hasNetwork =
  spawnSync('unshare', ['--net', 'sh', '-c', 'ip link set lo up && ip addr add 52.94.133.131/32 dev lo'])
    .status === 0;

// Skipped where no network namespace can be made: root, unshare(1) and ip(8).
it.skipIf(!hasNetwork)(
  'a copied application that still talks to us-east-1 is named within one tick, and an instance that may not is not ready',
  { timeout: allowed(40_000) },
  () => {
    const world = ['--net', process.execPath, 'test/e2e/leak-world.ts'];
    const seen = JSON.parse(execFileSync('unshare', world, { encoding: 'utf8' })) as Seen;
    expect(seen.clean).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/0 findings; \d+ sockets looked at/),
    });
    // An interval of one second, and a busy machine.
    expect(seen.foundAfterMs).toBeLessThan(allowed(3000));
    expect(seen.leaks.code).toBe(6);
    const [shown] = shownIn('docs/leaks.md', readFileSync('docs/leaks.md', 'utf8'));
    const printed = seen.leaks.stdout
      .replaceAll(String(seen.pid), '4121')
      .replace(/^watch .*$/m, 'watch')
      .replace(/since .*\)/, 'since');
    const lines = (shown?.lines ?? []).map((line) =>
      line.replace(/^watch .*$/, 'watch').replace(/since .*\)/, 'since'),
    );
    expect(isPrinted(lines, printed), printed).toBe(true);
    expect(seen.doctor).toMatchObject({ code: 6, lines: [expect.stringContaining('us-east-1')] });
    expect(seen.metrics).toEqual(
      expect.arrayContaining([
        'landfall_leaks{region="us-east-1"} 1',
        'landfall_leaks_found_total 1',
        'landfall_leaks_blind 0',
      ]),
    );
    expect(seen.readyInWarn).toBe(200);
    if ('missing' in findChromium()) expect(seen.page).toBeNull();
    else
      expect(seen.page).toEqual({
        said: expect.stringMatching(/1 finding[^]*talks to \S+ in us-east-1 \(52\.94\.133\.131:443\)/),
        violations: [],
      });
    expect(JSON.parse(seen.refused)).toMatchObject({ ready: false, reasons: [{ code: 'LF_REGION_LEAK' }] });
    expect(seen.excused).toMatchObject({ code: 0, stdout: expect.stringContaining('1 excused') });
    // One line for one finding, however many looks saw it; and one when it was excused.
    expect(seen.told.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'something here leads to another region',
      'it no longer leads to another region',
    ]);
  },
);
