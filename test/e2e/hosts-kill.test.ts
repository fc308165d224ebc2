import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { randomFrom } from '../support/random.ts';
import { UNMOUNTABLE } from '../support/mounts.ts';
import { newBase, type Citizen } from './citizen.ts';
import { Payroll } from './payroll.ts';

/** CI does a part of it; by hand: LANDFALL_KILLS=200. */
const ROUNDS = Number(process.env['LANDFALL_KILLS'] ?? 3);
const SEED = 1912;
const OURS = 400;
/** So many that the end of a first write of Node's (512 KiB) lies in the middle of our block, behind what is somebody else's. */
const THEIRS = Array.from(
  { length: 1005 },
  (_, index) => `0.0.0.0 ads${index}.example.com\t# \xe9${'.'.repeat(480)}\n`,
);

interface Way {
  readonly name: string;
  readonly obstacle: string | undefined;
  /** What is put before the agent. */
  readonly wrapper: (file: string) => readonly string[];
  /** Where it sees the file. */
  readonly seenAs: (file: string) => string;
}

const WAYS: readonly Way[] = [
  { name: 'by a rename', obstacle: undefined, wrapper: () => [], seenAs: (file) => file },
  {
    name: 'in place, where /etc/hosts is a mount of its own',
    obstacle: UNMOUNTABLE,
    wrapper: (file) => ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', file],
    seenAs: () => '/etc/hosts',
  },
];

/** The file as it is to be, byte for byte: theirs, and behind them all lines of one version of ours. */
function isWhole(text: string, theirs: string, version: number): boolean {
  if (!text.startsWith(theirs)) return false;
  const lines = text.slice(theirs.length).split('\n');
  const indexes = lines.slice(0, -1).map((line) => {
    const [, third, fourth, index] = LINE.exec(line) ?? [];
    const isOfIt = Number(third) === version % 250 && Number(fourth) === Number(index) % 250;
    return isOfIt ? Number(index) : Number.NaN;
  });
  return (
    lines.at(-1) === '' &&
    indexes.length === OURS &&
    new Set(indexes).size === OURS &&
    !indexes.includes(Number.NaN)
  );
}

const LINE = /^10\.7\.(\d+)\.(\d+)\tdb(\d+)\.internal # landfall [0-9a-f]{8}-[0-9a-f]{8}$/;

function publish(payroll: Payroll, version: number): void {
  const hosts = Array.from(
    { length: OURS },
    (_, index) => `  db${index}.internal: { address: 10.7.${version % 250}.${index % 250} }\n`,
  );
  payroll.publish(`r${version}`, {
    base: { 'app.properties': `version=${version}\n`, 'plan.yaml': `hosts:\n${hosts.join('')}` },
  });
}

let payroll: Payroll;
beforeAll(async () => {
  payroll = await Payroll.open({ files: {} });
});
afterAll(() => payroll[Symbol.asyncDispose]());

for (const { name, obstacle, wrapper, seenAs } of WAYS) {
  it(
    `kill -9 at any of ${ROUNDS} instants leaves theirs as it was and all of ours or none, ${name}`,
    async ({ skip }) => {
      if (obstacle !== undefined) skip(obstacle);
      const random = randomFrom(SEED);
      const folder = mkdtempSync(join(tmpdir(), 'landfall-hosts-kill-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const file = join(folder, 'hosts');
      let theirs = THEIRS.join('');
      writeFileSync(file, theirs, 'latin1');
      const text = (): string => readFileSync(file, 'latin1');
      const base = newBase();
      const journal = join(base, 'state', 'hosts.pending');
      const env = { LANDFALL_HOSTS_FILE: seenAs(file) };
      const start = (): Citizen => payroll.start({ base, env, wrapper: wrapper(file) });

      publish(payroll, 0);
      payroll.sandbox.faults.clear();
      let citizen = await start().ready(60_000);
      await citizen.settles();
      expect(isWhole(text(), theirs, 0)).toBe(true);
      for (let round = 1; round <= ROUNDS; round += 1) {
        publish(payroll, round);
        const begun = beginning([folder, join(base, 'state')]);
        citizen.agent.signal('SIGHUP');
        // At some instant of the check, or of the write itself.
        if (random() < 0.3) await sleep(random() * 400);
        else {
          await begun.seen;
          const end = performance.now() + random() * 12;
          while (performance.now() < end) await nextTurn();
        }
        begun.stop();
        await citizen.kill();

        const left = text();
        const isOldOrNew = isWhole(left, theirs, round - 1) || isWhole(left, theirs, round);
        if (!isOldOrNew) {
          expect([name, existsSync(journal)], `round ${round}`).toEqual([WAYS[1]?.name, true]);
        } else if (random() < 0.5) {
          // Somebody else writes before it is back.
          const line = `10.9.9.9 theirs${round}\n`;
          theirs = `${line}${theirs}`;
          writeFileSync(file, `${line}${left}`, 'latin1');
        }
        const fault = payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
        citizen = await start().ready(60_000);
        expect(isWhole(text(), theirs, round - 1) || isWhole(text(), theirs, round), `round ${round}`).toBe(
          true,
        );
        payroll.sandbox.faults.remove(fault);
        await citizen.settles();
        expect(isWhole(text(), theirs, round), `round ${round}`).toBe(true);
        expect(readdirSync(folder), `round ${round}`).toEqual(['hosts']);
        expect(existsSync(journal), `round ${round}`).toBe(false);
      }
      await citizen.kill();
    },
    60_000 + ROUNDS * 10_000,
  );
}

/** Resolves with the first name that comes up in one of the folders: of what is to take the file's place, or of the journal. */
function beginning(folders: readonly string[]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watchers = folders.map((folder) =>
    watch(folder, (_, name) => {
      if (name?.includes('hosts')) resolve();
    }),
  );
  return { seen: promise, stop: () => watchers.forEach((watcher) => watcher.close()) };
}
