import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { allowed } from '../support/allowed.ts';
import { blocksOf, type Block } from '../support/page-blocks.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';
import { Terminal } from './terminal.ts';

/** What of a page is not typed here, by the first line of its block, and why. Everything else is. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': {
    'npm ci && npm run demo': 'needs the registry; test/e2e/demo.test.ts runs the demo',
    '$ npm run demo': 'test/e2e/demo.test.ts has it printed',
    'npm ci && npm run build': 'needs the registry; the executables here are what it builds',
    '$ landfall status': 'test/e2e/shown-pages.test.ts has the story printed, on a disk that was copied',
    '$ landfall refresh': 'the same',
    '$ landfall logs status': 'the same',
  },
  'docs/quickstart.md': {
    'aws s3 sync examples/payroll s3://acme-config-eu-west-1/payroll \\': 'needs an account',
    'aws ec2 modify-instance-metadata-options --instance-id ID --http-tokens required --instance-metadata-tags enabled':
      'needs an account',
    "landfall-ops publish examples/payroll --to 's3://acme-config-{region}/payroll' \\":
      'takes as long as its steps say; test/e2e/release.test.ts rolls out',
  },
};

/** In these places something else stands for what a test machine does not have. */
const STAND_INS: readonly (readonly [RegExp, string])[] = [
  [/\/mnt\/image/g, 'image'],
  // In front of the reader it would go on for ever.
  [/^landfall run .*$/gm, 'landfall run 2> lf/log &\nuntil landfall get greeting; do sleep 0.1; done'],
];

interface Reader {
  readonly folder: string;
  readonly terminal: Terminal;
  /** What another terminal with the stand-in for AWS printed. */
  exports: readonly string[];
}

function newReader(): Reader {
  const folder = mkdtempSync(join(tmpdir(), 'lf-reader-'));
  cpSync('examples', join(folder, 'examples'), { recursive: true });
  for (const made of ['bin', 'image/etc', 'lf', 'home']) mkdirSync(join(folder, made), { recursive: true });
  for (const program of ['landfall', 'landfall-ops'])
    symlinkSync(resolve('dist', program), join(folder, 'bin', program));
  const terminal = new Terminal(folder, environmentIn(folder));
  onTestFinished(() => {
    terminal.end();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, terminal, exports: [] };
}

function environmentIn(folder: string): Readonly<Record<string, string>> {
  return {
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    HOME: join(folder, 'home'),
    SHELL: '/bin/bash',
    // Until a block exports another: never the real one.
    AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
  };
}

/** Opens another terminal for what runs until it is stopped. */
async function openSandbox(reader: Reader, block: string): Promise<void> {
  const terminal = new Terminal(reader.folder, environmentIn(reader.folder));
  onTestFinished(() => terminal.end());
  const printed = await terminal.start(block, /\d+ objects loaded from .*\n/);
  reader.exports = printed.split('\n').filter((line) => line.startsWith('export '));
}

/** Pastes what leads to the instance in a region: the page says where. */
async function landIn(reader: Reader, region: string): Promise<void> {
  const lines = reader.exports.filter(
    (line) => !line.includes('be the instance in') || line.endsWith(region),
  );
  expect(lines).toHaveLength(4);
  await reader.terminal.type(lines.join('\n'));
}

async function typeAll(reader: Reader, block: Block): Promise<void> {
  let text = block.lines.join('\n');
  for (const [place, standIn] of STAND_INS) text = text.replaceAll(place, standIn);
  const { code, output } = await reader.terminal.type(text);
  expect(code, `${text}\n${output}`).toBe(0);
}

/** What it prints may be late, as when a reader is quicker than a boot: it is asked again for a while. */
async function expectShown(reader: Reader, block: Block): Promise<void> {
  for (const { command, lines } of shownIn('', block.lines.join('\n'))) {
    const end = performance.now() + allowed(3000);
    let printed = '';
    do {
      printed = (await reader.terminal.type(command)).output;
      if (isPrinted(lines, printed)) break;
      await sleep(100);
    } while (performance.now() < end);
    expect(isPrinted(lines, printed), `${command}\n${printed}`).toBe(true);
  }
}

/** Types a page from its first block to its last. @returns the blocks that it left out. */
async function follow(page: string): Promise<readonly string[]> {
  const reader = newReader();
  const regions = ['us-east-1', 'eu-west-1'];
  const left: string[] = [];
  for (const block of blocksOf(page, readFileSync(page, 'utf8'))) {
    const [first = ''] = block.lines;
    const text = block.lines.join('\n');
    if (!['sh', 'console'].includes(block.kind)) continue;
    if (ELSEWHERE[page]?.[first] !== undefined) left.push(first);
    else if (block.kind === 'console') await expectShown(reader, block);
    else if (/landfall-ops sandbox/.test(text)) {
      await openSandbox(reader, text);
      await landIn(reader, regions[0] ?? '');
    } else if (/landfall run .*&$/m.test(text)) {
      await landIn(reader, regions[1] ?? '');
      expect((await reader.terminal.type(text)).code).toBe(0);
    } else await typeAll(reader, block);
  }
  return left;
}

it.each(Object.entries(ELSEWHERE))(
  'a reader of %s types every block, and sees what it shows',
  async (page, elsewhere) => {
    // A reason for a block that is gone would excuse one that comes.
    expect(await follow(page)).toEqual(Object.keys(elsewhere));
  },
);

it('a block that is indented instead of fenced is found', () => {
  expect(() => blocksOf('README.md', 'Then:\n\n    landfall run\n')).toThrow('not fenced:     landfall run');
  expect(blocksOf('README.md', '- a\n    b\n\n```sh\n    c\n```\n')).toEqual([
    { kind: 'sh', lines: ['    c'] },
  ]);
});
