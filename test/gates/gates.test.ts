import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/**
 * Each gate of `npm run check` bites: a tiny tree with the project's own configuration passes, and the same tree with one
 * planted violation fails, naming it. Without this a gate that checks nothing would look green.
 */
const ROOT = process.cwd();
let tree: string;

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'landfall-gate-'));
  for (const file of ['package.json', 'tsconfig.json', '.oxlintrc.json', '.oxfmtrc.json'])
    cpSync(file, join(tree, file));
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
});

afterEach(() => rmSync(tree, { recursive: true, force: true }));

function plant(path: string, content: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), content);
}

function run(tool: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(join(ROOT, 'node_modules', '.bin', tool), args, { cwd: tree }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

const lint = (): Promise<{ code: number; output: string }> =>
  run('oxlint', '--type-aware', '--deny-warnings');

const CLEAN = 'export function double(value: number): number {\n  return value * 2;\n}\n';

describe('format', () => {
  it('passes a formatted file and fails an unformatted one', async () => {
    plant('agent/ok.ts', CLEAN);
    expect(await run('oxfmt', '--check', 'agent')).toMatchObject({ code: 0 });
    plant('agent/ugly.ts', 'export   const a = {b :1}\n');
    const result = await run('oxfmt', '--check', 'agent');
    expect(result.code).not.toBe(0);
    expect(result.output).toContain('ugly.ts');
  });
});

describe('types', () => {
  it('fails on an unchecked index', async () => {
    plant('agent/ok.ts', CLEAN);
    expect(await run('tsc', '--noEmit')).toMatchObject({ code: 0 });
    plant('agent/bad.ts', 'const list: number[] = [];\nexport const first: number = list[0];\n');
    const result = await run('tsc', '--noEmit');
    expect(result.code).not.toBe(0);
    expect(result.output).toContain('bad.ts');
  });
});

describe('lint', () => {
  it('passes the clean tree', async () => {
    plant('config-service/layers/ok.ts', CLEAN);
    expect(await lint()).toMatchObject({ code: 0 });
  });

  it.each([
    [
      'a floating promise',
      'agent/daemon/x.ts',
      'async function go(): Promise<void> {}\nexport function start(): void {\n  go();\n}\n',
      'no-floating-promises',
    ],
    [
      'time in a pure room',
      'config-service/layers/x.ts',
      'export const now = (): number => Date.now();\n',
      'Pure room',
    ],
    [
      'randomness in a pure room',
      'config-service/region/x.ts',
      'export const dice = (): number => Math.random();\n',
      'Pure room',
    ],
    [
      'a node: module in a pure room',
      'config-service/properties/x.ts',
      "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
      'Pure room',
    ],
    [
      'an SDK in a pure room',
      'config-service/release/x.ts',
      "import { S3Client } from '@aws-sdk/client-s3';\nexport const client = S3Client;\n",
      'Pure room',
    ],
    [
      'an import upwards in config-service',
      'config-service/layers/x.ts',
      "import { thing } from '../sources/thing.ts';\nexport const it = thing;\n",
      'floor',
    ],
    [
      'an import out of kit',
      'config-service/kit/x.ts',
      "import { thing } from '../layers/thing.ts';\nexport const it = thing;\n",
      'kit imports nothing',
    ],
    [
      'an import upwards in agent',
      'agent/aws/x.ts',
      "import { thing } from '../daemon/thing.ts';\nexport const it = thing;\n",
      'Ground floor of agent',
    ],
    [
      'a shape that knows another',
      'agent/shapes/consul/x.ts',
      "import { thing } from '../spring/thing.ts';\nexport const it = thing;\n",
      'No shape knows another',
    ],
    [
      'a room that knows a shape',
      'agent/apply/x.ts',
      "import { thing } from '../shapes/thing.ts';\nexport const it = thing;\n",
      'Rooms of the middle floor',
    ],
    [
      'a page that knows the agent',
      'agent/dashboard/page/x.ts',
      "import { thing } from '../../daemon/thing.ts';\nexport const it = thing;\n",
      'The page runs in browsers',
    ],
    [
      'markup out of a text',
      'agent/dashboard/page/x.tsx',
      'export const Bold = ({ text }: { text: string }) => <b dangerouslySetInnerHTML={{ __html: text }} />;\n',
      'no-danger',
    ],
    [
      'a deep import past the door',
      'agent/daemon/x.ts',
      "import { thing } from '../../config-service/layers/thing.ts';\nexport const it = thing;\n",
      '#config-service',
    ],
    [
      'process outside main',
      'agent/cli/x.ts',
      'export const home = (): string | undefined => process.env["HOME"];\n',
      'main.ts',
    ],
    [
      'a file of 301 lines',
      'agent/cli/x.ts',
      `${'// line\n'.repeat(400)}export const last = 1;\n`,
      'max-lines',
    ],
    ['an unexplained any', 'agent/cli/x.ts', 'export const x: any = 1;\n', 'no-explicit-any'],
  ])('fails on %s', async (_, path, content, expected) => {
    plant(path, content);
    const result = await lint();
    expect(result.code).not.toBe(0);
    expect(result.output).toContain(expected);
  });
});

describe('lint of two files', () => {
  it('fails on a circle that only types close', async () => {
    plant('agent/cli/a.ts', "import type { B } from './b.ts';\n\nexport interface A {\n  b?: B;\n}\n");
    plant('agent/cli/b.ts', 'export interface B {\n  a?: number;\n}\n');
    expect(await lint()).toMatchObject({ code: 0 });
    plant('agent/cli/b.ts', "import type { A } from './a.ts';\n\nexport interface B {\n  a?: A;\n}\n");
    const result = await lint();
    expect(result.code).not.toBe(0);
    expect(result.output).toContain('no-cycle');
  });
});

describe('unused code', () => {
  it('fails on an export and a dependency nobody uses', async () => {
    writeFileSync(
      join(tree, 'knip.json'),
      JSON.stringify({ entry: ['agent/main.ts'], project: ['agent/**/*.ts'] }),
    );
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
    const slim = { name: 'tree', type: 'module', imports: manifest['imports'], dependencies: {} };
    writeFileSync(join(tree, 'package.json'), JSON.stringify(slim));
    plant('agent/ok.ts', CLEAN);
    plant('agent/main.ts', "import { double } from './ok.ts';\n\ndouble(2);\n");
    expect(await run('knip')).toMatchObject({ code: 0 });
    plant('agent/ok.ts', `${CLEAN}\nexport const lonely = 1;\n`);
    writeFileSync(join(tree, 'package.json'), JSON.stringify({ ...slim, dependencies: { yaml: '2.9.1' } }));
    const result = await run('knip');
    expect(result.code).not.toBe(0);
    expect(result.output).toContain('lonely');
    expect(result.output).toContain('yaml');
  });

  it('fails on what only tests use', async () => {
    const entry = ['agent/main.ts!', 'test/**/*.test.ts'];
    writeFileSync(
      join(tree, 'knip.json'),
      JSON.stringify({ entry, project: ['agent/**/*.ts!', 'test/**/*.ts'] }),
    );
    writeFileSync(join(tree, 'package.json'), JSON.stringify({ name: 'tree', type: 'module' }));
    plant('agent/ok.ts', `${CLEAN}\nexport const rehearsed = 1;\n`);
    plant('agent/main.ts', "import { double } from './ok.ts';\n\ndouble(2);\n");
    plant('test/ok.test.ts', "import { rehearsed } from '../agent/ok.ts';\n\nrehearsed.toFixed();\n");
    expect(await run('knip')).toMatchObject({ code: 0 });
    const result = await run('knip', '--production');
    expect(result.code).not.toBe(0);
    expect(result.output).toContain('rehearsed');
  });
});

describe('tests', () => {
  it('fails when a test fails, and says so in the closing line', async () => {
    plant(
      'bad.test.ts',
      "import { expect, it } from 'vitest';\n\nit('is wrong', () => expect(1).toBe(2));\n",
    );
    plant('vitest.config.ts', 'export default {};\n');
    const reporter = join(ROOT, 'test/support/closing-line.ts');
    const result = await run('vitest', 'run', '--root', tree, `--reporter=${reporter}`);
    expect(result.code).not.toBe(0);
    expect(result.output).toContain('0 passed, 1 failed, 0 skipped');
  });

  it.each([2, 3])('names %i tests that passed at their second try, and lets two pass', async (count) => {
    const late =
      'it.each(Array.from({ length: COUNT }, (_, index) => index))("is late %i", (index) => { tries[index] = (tries[index] ?? 0) + 1; expect(tries[index]).toBe(2); });';
    plant(
      'late.test.ts',
      `import { expect, it } from 'vitest';\n\nconst tries = [];\n${late.replace('COUNT', String(count))}\n`,
    );
    plant('vitest.config.ts', 'export default { test: { retry: 1 } };\n');
    const reporter = join(ROOT, 'test/support/closing-line.ts');
    const result = await run('vitest', 'run', '--root', tree, `--reporter=${reporter}`);
    expect(result.output).toContain('second try: late.test.ts: is late 1 (expected 1 to be 2');
    expect(result.output.includes('3 tests needed a second try: no more than 2 may')).toBe(count === 3);
    expect(result.code === 0).toBe(count === 2);
  });

  it('runs every file once, and none of the executables', async () => {
    const listed = await run(
      'vitest',
      'list',
      '--filesOnly',
      '--json',
      '--root',
      ROOT,
      `--config=${join(ROOT, 'vitest.config.ts')}`,
    );
    const files = (JSON.parse(listed.output) as { readonly file: string }[]).map(({ file }) =>
      relative(ROOT, file),
    );
    const there = globSync('test/**/*.test.ts', { cwd: ROOT }).filter(
      (file) => !file.startsWith('test/e2e/'),
    );
    expect(there.length).toBeGreaterThan(400);
    expect(files.toSorted()).toEqual(there.toSorted());
  });

  it.each([
    ['starts a process', "execFileSync('true');"],
    ['takes the refusal for a no', "try { execFileSync('true'); } catch {}\n  expect(1).toBe(1);"],
  ])('a quick one fails that %s', async (_, body) => {
    const head = "import { execFileSync } from 'node:child_process';\nimport { expect, it } from 'vitest';\n";
    plant('quick.test.ts', `${head}it('is quick', () => {\n  expect(1).toBe(1);\n  ${body}\n});\n`);
    const setupFiles = [join(ROOT, 'test/support/no-process.ts')];
    plant('vitest.config.ts', `export default ${JSON.stringify({ test: { setupFiles } })};\n`);
    const result = await run('vitest', 'run', '--root', tree);
    expect(result.code).not.toBe(0);
    expect(result.output).toContain('name its file in SLOW');
  });

  it.each([
    ['cit', 'npm run check'],
    ['test', 'vitest run --project quick'],
  ])('npm %s is %s', (command, expected) => {
    // The script of the manifest, with programs in the place of npm's and vitest's that say how they were called.
    for (const program of ['npm', 'vitest']) {
      writeFileSync(join(tree, program), `#!/bin/sh\necho ${program} "$@"\n`, { mode: 0o755 });
    }
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
      readonly scripts: { readonly test: string };
    };
    const called = command === 'cit' ? 'install-ci-test' : 'test';
    const env = { PATH: `${tree}:/usr/bin:/bin`, npm_command: called };
    expect(execFileSync('/bin/sh', ['-c', manifest.scripts.test], { env, encoding: 'utf8' })).toBe(
      `${expected}\n`,
    );
  });
});
