import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolve as resolveLayers, sha256Hex, type LayerFile } from '#config-service';
import { runCli } from '#agent/cli/program.ts';
import { runStandalone } from '#scripts/sandbox/programs/standalone.ts';
import { commandLine } from '../support/command-line.ts';
import { payrollFacts } from '../support/layer-generator.ts';
import { folderOf } from '../support/scanning.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';
import { vendorImage } from '../support/vendor-image.ts';

const PROJECT = resolve('.');

/** The image of docs/scan.md, and the examples of this project. */
function workspace(): string {
  const root = folderOf({
    'image/etc/payroll/app.properties': [
      'queue = https://sqs.us-east-1.amazonaws.com/123456789012/jobs',
      'db.host = payroll.c9akciq32abc.us-east-1.rds.amazonaws.com',
      'image = ami-0abcdef1234567890',
      'region = us-east-1',
      'log.level = INFO',
      '',
    ].join('\n'),
    'image/var/log/payroll.log': 'queue https://sqs.us-east-1.amazonaws.com/123456789012/jobs\n'.repeat(3),
  });
  for (const path of globSync('examples/payroll/**', { withFileTypes: true })) {
    if (!path.isFile()) continue;
    const file = join(path.parentPath, path.name);
    const target = join(root, file.startsWith(PROJECT) ? file.slice(PROJECT.length + 1) : file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, readFileSync(file));
  }
  symlinkSync(vendorImage(), join(root, 'server-image'));
  return root;
}

async function printedBy(command: string, cwd: string): Promise<string> {
  const cli = commandLine();
  const [, ...args] = command.split(' ');
  await runCli(args, { ...cli.context, cwd });
  return cli.out() + cli.err();
}

it('docs/scan.md shows what is printed, in the order of the page', async () => {
  const cwd = workspace();
  const shown = shownIn('docs/scan.md', readFileSync('docs/scan.md', 'utf8'));
  expect(shown.length).toBeGreaterThanOrEqual(5);
  for (const { command, lines } of shown) {
    const printed = await printedBy(command, cwd);
    expect(printed).not.toBe('');
    if (lines.length > 0) expect(isPrinted(lines, printed), `${command}\n${printed}`).toBe(true);
  }
});

it('docs/releases.md shows what is printed of the examples of this project', () => {
  const shown = shownIn('docs/releases.md', readFileSync('docs/releases.md', 'utf8')).filter(({ command }) =>
    / examples\/payroll( |$)/.test(command),
  );
  expect(shown.length).toBeGreaterThanOrEqual(2);
  for (const { command, lines } of shown) {
    const args = ['scripts/ops/main.ts', ...command.split(' ').slice(1)];
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8' });
    expect(isPrinted(lines, printed), `${command}\n${printed}`).toBe(true);
  }
});

describe('docs/properties.md', () => {
  const page = readFileSync('docs/properties.md', 'utf8');

  it('shows how YAML nests as it is read', () => {
    const block = page.split('Both nest with dots:\n\n')[1]?.split('\n\n')[0] ?? '';
    const rows = block.split('\n').map((line) => line.slice(4));
    const yaml = rows
      .map((row) =>
        row
          .slice(0, 32)
          .replace(/->\s*$/, '')
          .trimEnd(),
      )
      .join('\n');
    const flat = rows.flatMap(
      (row) => /^(\S+)\s+(\S.*)$/.exec(row.slice(32).trim())?.slice(1, 3).join(' ') ?? [],
    );
    const layers = [{ name: 'base', files: [fileOf('app.yaml', yaml)] }];
    const resolution = resolveLayers({ layers, facts: payrollFacts, overrides: [] });
    if (resolution.kind === 'rejected') throw new Error(JSON.stringify(resolution.problems));
    const entries = [...resolution.effective.values()].map(({ key, value }) => `${key} ${value}`).toSorted();
    expect(flat.toSorted()).toEqual(entries);
  });
});

function fileOf(path: string, text: string): LayerFile {
  const bytes = Buffer.from(`${text}\n`);
  return { path, object: `file:///${path}`, sha256: sha256Hex(bytes), bytes };
}

it('docs/sandbox.md shows what it prints, but for ports', async () => {
  const [shown] = shownIn('docs/sandbox.md', readFileSync('docs/sandbox.md', 'utf8'));
  const [, , ...args] = (shown?.command ?? '').split(' ');
  const printed: string[] = [];
  const stop = new AbortController();
  const flag = (name: string) => args[args.indexOf(name) + 1] ?? '';
  await runStandalone({
    regions: ['us-east-1', 'eu-west-1'],
    seed: flag('--seed'),
    prefix: flag('--prefix'),
    tags: { role: 'web', environment: 'prod' },
    print: (line) => {
      printed.push(line);
      if (line.includes('objects loaded')) stop.abort();
    },
    stop: stop.signal,
  });
  const text = printed.join('\n').replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT');
  const lines = (shown?.lines ?? []).map((line) => line.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:PORT'));
  expect(isPrinted(lines, text), text).toBe(true);
});

describe('the pages', () => {
  const pages = globSync('docs/*.md').toSorted();
  const readme = readFileSync('README.md', 'utf8');

  it.each(pages)('%s is linked from the front page', (page) => {
    expect(readme).toContain(`](${page})`);
  });

  it.each([...pages, 'README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'SECURITY.md'])(
    'what %s links to is there',
    (page) => {
      const text = readFileSync(page, 'utf8');
      const links = [...text.matchAll(/\]\(([^)#\s:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
      for (const link of links) expect(existsSync(join(dirname(page), link)), link).toBe(true);
    },
  );
});
