import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

/**
 * The tests of the laws bite: on a copy of the sources with one law broken, the test named after that law goes red. A
 * mutant that no longer fits the source fails here too, so that it is renewed rather than forgotten.
 */
const MUTANTS: readonly {
  readonly law: number;
  readonly breaks: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}[] = [
  {
    law: 1,
    breaks: 'the region is taken from the zone',
    file: 'agent/identity/identity.ts',
    from: '    region: facts.region,',
    to: "    region: textOf(document, 'availabilityZone').slice(0, -1),",
  },
  {
    law: 2,
    breaks: 'the region a bucket answers from is not looked at',
    file: 'agent/aws/s3-sender.ts',
    from: 'return region === undefined || region === pin.region',
    to: "return region !== 'nowhere'",
  },
  {
    law: 3,
    breaks: 'foreign state stays where it is',
    file: 'config-service/store/fence.ts',
    from: "kinship === 'same' ? undefined : kinship",
    to: 'kinship ? undefined : kinship',
  },
  {
    law: 4,
    breaks: 'every region is at home',
    file: 'config-service/region/guard.ts',
    from: 'if (region === home) continue;',
    to: 'if (region !== undefined) continue;',
  },
  {
    law: 5,
    breaks: 'what could not be applied stays visible',
    file: 'agent/daemon/generation-ring.ts',
    from: 'RingMark): void {\n    this.#active = active;',
    to: 'RingMark): void {',
  },
  {
    law: 6,
    breaks: 'a source that gives nothing is believed',
    file: 'agent/daemon/configurator.ts',
    from: 'blank ?? (await',
    to: '(blank && undefined) ?? (await',
  },
  {
    law: 7,
    breaks: 'all instances poll at the same instant',
    file: 'agent/daemon/schedule.ts',
    from: 'return hash.readUIntBE(0, 6) % intervalMs;',
    to: 'return hash.length - hash.length;',
  },
];

const ROOT = process.cwd();
let tree: string;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'landfall-law-'));
  for (const name of ['agent', 'config-service', 'scripts', 'test', 'package.json', 'vitest.config.ts'])
    cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

function runLaw(law: number): Promise<{ readonly green: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    const args = ['run', `test/laws/law-${law}-`];
    execFile(join(ROOT, 'node_modules/.bin/vitest'), args, { cwd: tree }, (error, stdout, stderr) => {
      resolve({ green: error === null, output: stdout + stderr });
    });
  });
}

it('there is a mutant for each law', () => {
  expect(MUTANTS.map(({ law }) => law)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

it.each(MUTANTS)('law $law goes red when $breaks', { timeout: 60_000 }, async ({ law, file, from, to }) => {
  const path = join(tree, file);
  const source = readFileSync(path, 'utf8');
  expect(source.split(from), `the mutant no longer fits ${file}`).toHaveLength(2);
  writeFileSync(path, source.replace(from, to));
  const broken = await runLaw(law);
  writeFileSync(path, source);
  expect(broken.output).toContain(`law ${law}:`);
  expect(broken.green).toBe(false);
});
